/**
 * The script of the page. It counts down, follows the event stream, lights the current state of the machine, and runs
 * actions without loading the page. Without the script the page works by reloading.
 */
export const script = `
const find = (selector, root = document) => root.querySelector(selector)
let ahead = Number(document.body.dataset.now) - Date.now()

function remaining(ms) {
  const left = Math.max(0, Math.ceil(ms / 1000))
  const two = (value) => String(value).padStart(2, '0')
  const hours = Math.floor(left / 3600)
  const minutes = Math.floor(left / 60) % 60
  return (hours > 0 ? hours + ':' + two(minutes) : minutes) + ':' + two(left % 60)
}

function tick() {
  const now = Date.now() + ahead
  for (const element of document.querySelectorAll('[data-until]')) {
    const left = Number(element.dataset.until) - now
    if (element.localName === 'progress') element.value = Math.max(0, left)
    else element.textContent = left > 0 ? remaining(left) : element.dataset.over
    element.classList.toggle('over', left <= 0)
  }
  const clock = find('#time time')
  if (clock) clock.textContent = new Date(now).toLocaleTimeString('en-GB')
}

function show(state, isFailed) {
  const machine = find('#machine')
  if (!machine) return
  const before = machine.dataset.state
  machine.dataset.state = state
  if (before !== state)
    for (const arrow of document.querySelectorAll('.arrow')) {
      const { from, event, to } = arrow.dataset
      const isOther = event === (isFailed ? 'refreshed' : 'refresh_failed')
      arrow.classList.toggle('lit', from === before && to === state && !isOther)
    }
  const isGone = state === 'not_installed'
  const parts = [...document.querySelectorAll('[data-needs-installation]')]
  const hadFocus = parts.some((part) => part.contains(document.activeElement))
  for (const part of parts) part.inert = isGone
  // The button that had the focus cannot keep it.
  if (isGone && hadFocus) find('#status-title').focus()
  if (isGone) find('#people [aria-current]')?.closest('li').remove()
}

const feed = new EventSource(document.body.dataset.feed)
feed.onopen = () => find('#live')?.classList.add('on')
feed.onerror = () => find('#live')?.classList.remove('on')
feed.addEventListener('happened', ({ data }) => {
  const list = find('#event-list')
  if (!list) return
  list.insertAdjacentHTML('afterbegin', data)
  list.firstElementChild.classList.add('new')
  while (list.children.length > 200) list.lastElementChild.remove()
})
feed.addEventListener('status', ({ data }) => {
  const { id, now, state, isFailed, status, time } = JSON.parse(data)
  const shown = find('main').dataset.installation
  if (id !== undefined && find('#machine') && id !== shown) return location.assign('/')
  ahead = now - Date.now()
  const card = find('#status')
  if (card) {
    const hadFocus = card.contains(document.activeElement)
    card.innerHTML = status
    if (hadFocus) (find('a', card) ?? find('#status-title')).focus()
  }
  find('#time').innerHTML = time
  show(state, isFailed)
  tick()
})

document.addEventListener('submit', async (event) => {
  const form = event.target
  if (!form.hasAttribute('data-in-place')) return
  event.preventDefault()
  const button = find('button', form)
  if (button.getAttribute('aria-busy') === 'true') return
  button.setAttribute('aria-busy', 'true')
  const page = await fetch(form.action, { method: 'POST', headers: { accept: 'text/html' } })
    .then((response) => response.text())
    .then((text) => new DOMParser().parseFromString(text, 'text/html'))
    .catch(() => undefined)
  if (page && find('#status', page) && find('main', page).dataset.installation !== find('main').dataset.installation)
    return location.assign('/')
  const isLive = feed.readyState === EventSource.OPEN
  if (!page || !find('#status', page)) {
    // The installation has ended. The feed shows that, if it is connected.
    return page && isLive ? button.removeAttribute('aria-busy') : location.assign('/')
  }
  const parts = ['#buttons', '#result', '#deals', ...(isLive ? [] : ['#status', '#time'])]
  for (const part of parts) find(part).innerHTML = find(part, page).innerHTML
  find('form[action="' + form.getAttribute('action') + '"] button')?.focus({ preventScroll: true })
  tick()
})

tick()
setInterval(tick, 500)
`
