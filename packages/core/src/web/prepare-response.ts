/**
 * Puts headers on the framework's own response, through which the application may answer in `onConnected` and `onMissing`, and
 * returns a function that takes them off again. It is called where a route asks the application, and takes them off if that throws.
 */
export type PrepareResponse<Context> = (context: Context, headers: Headers) => () => void
