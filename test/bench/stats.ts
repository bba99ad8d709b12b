// Numbers of a row: medians over alternations, percentiles over mails.

export const median = (values: readonly number[]): number => percentile(values, 50)

/** Nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN
}

export const least = (values: readonly number[]): number => Math.min(...values)
export const most = (values: readonly number[]): number => Math.max(...values)

/** Four significant digits at most, as people read them. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}
