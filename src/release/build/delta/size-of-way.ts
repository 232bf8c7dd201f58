/** Computes how much of a context a way of building sends. */
import { takeEntries } from '../../../project/context/copied-entries.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { ContextEntries } from '../build-memory.ts';
import type { ChosenWay } from './choose-way.ts';

/** Upper limit of the bytes of files that `chosen` sends. */
export function sizeOfWay(
  chosen: ChosenWay,
  { context, steps }: Pick<BuildRecipe, 'context' | 'steps'>,
): number {
  if (chosen.way === 'full') return context.sizeBytes;
  const { contents, former, stages } = chosen.plan;
  const sizes = new Map(
    context.entries.flatMap(entry => (entry.type === 'file' ? [[entry.name, entry.sizeBytes] as const] : [])),
  );
  const sizeOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  const takenBy = (entries: ContextEntries, places: readonly number[]): Set<string> =>
    new Set(
      places.flatMap(place => {
        const { keyword, from, sources } = steps[place] ?? {};
        const takesFiles = (keyword === 'COPY' || keyword === 'ADD') && from === undefined;
        return takesFiles
          ? (sources ?? ['.']).flatMap(source => [...takeEntries(entries, source).keys()])
          : [];
      }),
    );
  const changed = new Map(
    [...contents.copied].filter(([name, digest]) => former.entries.get(name) !== digest),
  );
  const inLayers = stages.map(({ start }) =>
    start.from === 'layer' ? sizeOf(takenBy(changed, [...start.former.keys()])) : 0,
  );
  // The remaining steps of all stages get one context.
  const rest = chosen.way === 'continued' ? stages.flatMap(stage => stage.rest) : [];
  return inLayers.reduce((sum, bytes) => sum + bytes, 0) + sizeOf(takenBy(contents.copied, rest));
}
