/**
 * The script of the index page. A button of a user sends JSON; then the page is read again, and the focus returns to the
 * same button, or to the user if the button is gone.
 */
export const script = `
const find = (selector, root = document) => root.querySelector(selector)
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-order]')
  if (!button || button.getAttribute('aria-busy') === 'true') return
  const { order, user } = button.dataset
  const said = button.closest('li').querySelector('.said')
  button.setAttribute('aria-busy', 'true')
  const answer = await fetch('/__fake/' + order, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  }).catch((error) => ({ ok: false, json: () => ({ error: String(error) }) }))
  const result = await answer.json()
  button.removeAttribute('aria-busy')
  if (!answer.ok) return void (said.textContent = result.error)
  const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html')
  for (const part of ['#users', '#calls']) find(part).innerHTML = find(part, page).innerHTML
  const row = find('li[data-user="' + user + '"]')
  const told = 'delivered' in result
    ? result.delivered === null ? 'Uninstalled. The notice was not sent.' : 'Uninstalled. The app answered the notice with ' + result.delivered + '.'
    : 'The access tokens have expired.'
  find('.said', row).textContent = told
  const again = find('button[data-order="' + order + '"]', row)
  const place = again ?? find('.name', row)
  place.focus()
})
`
