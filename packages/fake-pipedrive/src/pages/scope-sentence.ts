const entities: Readonly<Record<string, string>> = {
  activities: 'activities',
  contacts: 'people and organizations',
  deals: 'deals',
  leads: 'leads',
  mail: 'e-mail',
  products: 'products',
  projects: 'projects',
  users: 'users',
  webhooks: 'webhooks',
}

/** Returns what a scope allows, as a sentence for the consent page. */
export function scopeSentence(scope: string): string {
  if (scope === 'base') return 'See your name, your e-mail address and your company'
  if (scope === 'admin') return 'Administer the account'
  const [name = '', access] = scope.split(':')
  const entity = entities[name] ?? name
  return access === 'read' ? `See ${entity}` : `See, create, change and delete ${entity}`
}
