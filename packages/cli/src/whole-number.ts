import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Returns a parser for a whole number of at least `lowest` on the command line. `highest`: at most this. Default: none. */
export function wholeNumber(lowest: number, highest = Infinity): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= lowest && number <= highest) return number
    const range = highest === Infinity ? `of at least ${lowest}` : `from ${lowest} to ${highest}`
    throw new InvalidArgumentError(`It must be a whole number ${range}.`)
  }
}
