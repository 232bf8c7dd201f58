/**
 * The safety stop: too much is gone at once for an edit. It holds until all of it is back, or a person confirms the
 * removal; while it holds, nothing is removed from the container and nothing is rebuilt. Pure.
 */
export interface SafetyStop {
  /** For people: `all of COPY app /app (line 2) is gone`. */
  readonly cause: string;
  /** Names that are gone, and whose removal waits. */
  readonly gone: ReadonlySet<string>;
  /** Names that came into the container during the stop, which does not wait for them when they are gone again. */
  readonly came: ReadonlySet<string>;
  readonly isConfirmed: boolean;
}

export const isHolding = (stop: SafetyStop | undefined): boolean => stop?.isConfirmed === false;

export interface Absence {
  /** The cause to begin a stop, if there is one. */
  readonly cause: string | undefined;
  /** Names whose removal is due now. */
  readonly gone: Iterable<string>;
  readonly isBack: (name: string) => boolean;
}

/** Returns the stop that follows `stop`; undefined if nothing begins one, or all that was gone is back. */
export function nextStop(
  stop: SafetyStop | undefined,
  { cause, gone, isBack }: Absence,
): SafetyStop | undefined {
  if (stop === undefined && cause === undefined) return undefined;
  const came = stop?.came ?? new Set();
  const missed = [...gone].filter(name => !came.has(name));
  const away = new Set([...(stop?.gone ?? []), ...missed].filter(name => !isBack(name)));
  if (away.size === 0) return undefined;
  return { cause: stop?.cause ?? cause ?? '', gone: away, came, isConfirmed: stop?.isConfirmed === true };
}
