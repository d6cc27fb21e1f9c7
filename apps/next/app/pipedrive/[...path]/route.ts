import { routes } from '../../../lib/pipedrive.ts'

export const { GET, POST, DELETE, HEAD } = routes
