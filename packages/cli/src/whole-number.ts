import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Returns a parser for a whole number of at least `lowest` on the command line. */
export function wholeNumber(lowest: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= lowest) return number
    throw new InvalidArgumentError(`It must be a whole number of at least ${lowest}.`)
  }
}
