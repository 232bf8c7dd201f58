import { renderChoices, type DeviceChoice } from '../../ui/picker/device-choices.ts';
import type { Output } from '../../ui/output.ts';
import { asking } from './prompts.ts';

/** Finds devices: calls `onChange` with all of them when one appears or changes, and returns the final list. */
export type DeviceSearch<T> = (
  onChange: (devices: readonly T[]) => void,
  signal: AbortSignal,
) => Promise<readonly T[]>;

/** The same for a device whenever it is listed again. */
const keyOf = ({ host, addresses }: DeviceChoice): string => `${host} ${addresses[0] ?? ''}`;

/**
 * Lets a person pick one of the devices that `search` finds. The list appears immediately, fills in, and is erased at
 * the end. Returns the only device without waiting for the person, and undefined if there is none.
 */
export async function pickDevice<T extends DeviceChoice>(
  search: DeviceSearch<T>,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const { createPrompt, isDownKey, isEnterKey, isUpKey, useEffect, useKeypress, useState } =
    await import('@inquirer/core');
  const picked = new AbortController();
  const innerSignal = AbortSignal.any([signal, picked.signal]);
  let searching: Promise<readonly T[]> | undefined;

  const prompt = createPrompt<T | undefined, object>((_config, done) => {
    const [devices, setDevices] = useState<readonly T[]>([]);
    const [marked, setMarked] = useState('');
    const [isSearching, setIsSearching] = useState(true);
    useEffect(() => {
      searching = search(setDevices, innerSignal);
      searching.then(
        found => {
          setDevices(found);
          setIsSearching(false);
          if (found.length < 2) done(found[0]);
        },
        () => done(undefined),
      );
    }, []);
    const index = Math.max(
      0,
      devices.findIndex(device => keyOf(device) === marked),
    );
    const move = (to: number): void => {
      const device = devices[Math.max(0, Math.min(devices.length - 1, to))];
      if (device !== undefined) setMarked(keyOf(device));
    };
    useKeypress(key => {
      if (isEnterKey(key) && devices.length > 0) done(devices[index]);
      if (isUpKey(key)) move(index - 1);
      if (isDownKey(key)) move(index + 1);
    });
    const frame = { columns: output.columns(), rows: output.rows(), isSearching };
    return ['Which device?', renderChoices(devices, index, frame).join('\n')];
  });

  try {
    const device = await asking(
      () => prompt({}, { output: process.stderr, signal, clearPromptOnDone: true }),
      signal,
    );
    // Throws the error that ended the search.
    return device ?? (await searching)?.[0];
  } finally {
    picked.abort();
    await searching?.catch(() => undefined);
  }
}
