import type { Company, User } from '../directory.ts'

/** Returns the body of `users/me`, the only endpoint that tells the ids of an installation. */
export function currentUser(user: User, company: Company) {
  return {
    success: true,
    data: {
      id: user.id,
      name: user.name,
      default_currency: company.currency,
      locale: 'en_US',
      lang: 1,
      email: user.email,
      phone: null,
      activated: true,
      last_login: '2026-01-05 08:43:13',
      created: '2024-11-08 12:00:22',
      modified: '2026-01-05 08:43:13',
      has_created_company: user.admin,
      access: [
        { app: 'sales', admin: user.admin, permission_set_id: '62cc4d7f-4038-4352-abf3-a8c1c822b631' },
        { app: 'global', admin: user.admin, permission_set_id: '233b7976-39bd-43a9-b305-ef3a2b0998e5' },
      ],
      active_flag: true,
      timezone_name: 'Europe/Tallinn',
      timezone_offset: '+02:00',
      role_id: 1,
      icon_url: null,
      is_you: true,
      is_deleted: false,
      company_id: company.id,
      company_name: company.name,
      company_domain: company.domain,
      company_country: company.country,
      company_industry: 'Software, App Development',
      language: { language_code: 'en', country_code: 'US' },
    },
  }
}
