import { OsError } from '../../../core/errors.ts';
import { checkCopyPath } from '../../../image/configure/write-copy.ts';
import { configureImage, type Configured, type ConfigureDependencies } from './configure-image.ts';
import { fillTemplate } from './device-list.ts';
import type { ConfigurationText } from './read-configuration.ts';
import { readDevices } from './read-devices.ts';

export interface ConfigureEachRequest {
  readonly path: string;
  /** A CSV file: see `readDeviceList`. */
  readonly list: string;
  /** The name of each copy, with `{column}` in it. */
  readonly out: string;
  /** The part of the configuration that is the same for all devices. */
  readonly common: ConfigurationText;
}

/** Writes a configured copy of an image for each device of a list. The list is checked whole before any is written. */
export async function configureEach(
  dependencies: ConfigureDependencies,
  { path, list, out, common }: ConfigureEachRequest,
): Promise<readonly Configured[]> {
  const requests = (await readDevices(list, common)).map(({ configuration, columns }) => ({
    path,
    configuration,
    out: fillTemplate(out, columns),
  }));
  const names = new Set(requests.map(request => request.out));
  if (names.size < requests.length)
    throw new OsError('usage', 'two devices of the list would have the same image', {
      hint: 'put a column that differs into --out, such as --out os-{hostname}.img',
    });
  for (const request of requests) await checkCopyPath(request.out, path);
  const configured: Configured[] = [];
  for (const request of requests) configured.push(await configureImage(dependencies, request));
  return configured;
}
