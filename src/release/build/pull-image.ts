import { systemClock } from '../../core/clock.ts';
import type { BuildDependencies } from './image-builder.ts';
import { throttled } from './throttle.ts';
import { findLogin } from '../../registry/registry-name.ts';

/** Pulls `reference`, with progress in bytes over all of its layers. */
export async function pullServiceImage(
  reference: string,
  platform: string | undefined,
  { engine, logins, report }: Pick<BuildDependencies, 'engine' | 'logins' | 'report'>,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = systemClock.nowMs();
  const reportProgress = throttled(report, () => reference);
  report({ type: 'pulling', image: reference });
  const layers = new Map<string, { readonly doneBytes: number; readonly totalBytes: number }>();
  for await (const message of engine.pullImage(reference, {
    login: findLogin(logins, reference),
    platform,
    signal,
  })) {
    if (message.type !== 'layer' || message.status !== 'Downloading') continue;
    layers.set(message.layer, { doneBytes: message.doneBytes ?? 0, totalBytes: message.totalBytes ?? 0 });
    const sum = (field: 'doneBytes' | 'totalBytes'): number =>
      [...layers.values()].reduce((all, layer) => all + layer[field], 0);
    reportProgress({
      type: 'pull-progress',
      image: reference,
      doneBytes: sum('doneBytes'),
      totalBytes: sum('totalBytes'),
    });
  }
  report({ type: 'pulled', image: reference, durationMs: systemClock.nowMs() - startedMs });
}
