import type Docker from 'dockerode';
import { fieldAt } from '../../net/json-fields.ts';
import { numberOf, textOf } from './json-messages.ts';
import { unlessMissing } from '../missing.ts';
import type { ImageConfig } from '../objects.ts';

type Ask = <T>(answer: Promise<T>) => Promise<T>;

/** `GET /images/ID/json` and `/history`: the second alone has the steps, the newest first. */
export async function readImageConfig(image: Docker.Image, ask: Ask): Promise<ImageConfig | undefined> {
  const [inspected, history] = await Promise.all([
    ask(image.inspect() as Promise<unknown>).catch(unlessMissing),
    ask(image.history() as Promise<unknown>).catch(unlessMissing),
  ]);
  const layers = fieldAt(fieldAt(inspected, 'RootFS'), 'Layers');
  const config = fieldAt(inspected, 'Config');
  if (inspected === undefined || !Array.isArray(layers) || typeof config !== 'object' || config === null)
    return undefined;
  const variant = textOf(inspected, 'Variant');
  const steps = Array.isArray(history) ? (history as unknown[]).toReversed() : [];
  return {
    architecture: textOf(inspected, 'Architecture') ?? '',
    os: textOf(inspected, 'Os') ?? 'linux',
    ...(variant === undefined || variant === '' ? {} : { variant }),
    created: textOf(inspected, 'Created') ?? '',
    config,
    history: steps.map(toStep),
    layers: layers as string[],
    sizeBytes: numberOf(inspected, 'Size') ?? 0,
  };
}

function toStep(step: unknown): object {
  const createdS = numberOf(step, 'Created') ?? 0;
  const comment = textOf(step, 'Comment') ?? '';
  return {
    created: new Date(createdS * 1000).toISOString(),
    created_by: textOf(step, 'CreatedBy') ?? '',
    ...(comment === '' ? {} : { comment }),
    ...(numberOf(step, 'Size') === 0 ? { empty_layer: true } : {}),
  };
}
