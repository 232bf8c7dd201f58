import { findLiveDirectives } from './live-directives.ts';
import type { Problems } from '../problem.ts';
import type { AskDevice, DeviceKind } from './find-dockerfile.ts';

export interface TemplateContext {
  readonly askDevice: AskDevice;
  readonly serviceName: string;
  readonly projectName: string;
}

/** The values of `%%BALENA_…%%`; undefined if the device's are unknown. */
function valuesOf(context: TemplateContext, device: DeviceKind): Map<string, string | undefined> {
  const values: [string, string | undefined][] = [
    ['MACHINE_NAME', device.deviceType],
    ['ARCH', device.arch],
    ['SERVICE_NAME', context.serviceName],
    ['APP_NAME', context.projectName],
    // A local network has no releases; earlier tools gave this name to local work.
    ['RELEASE_HASH', 'localrelease'],
  ];
  return new Map(
    ['BALENA_', 'RESIN_'].flatMap(prefix => values.map(([name, value]) => [prefix + name, value] as const)),
  );
}

/** Replaces `%%NAME%%` outside comment lines, and in directives for live sync; names that are unknown become problems of `file`. */
export async function expandTemplate(
  text: string,
  file: string,
  context: TemplateContext,
  problems: Problems,
): Promise<string> {
  const isAsked = /%%(?:BALENA|RESIN)_(?:MACHINE_NAME|ARCH)%%/.test(text);
  const values = valuesOf(context, isAsked ? await context.askDevice() : {});
  const lines = text.split('\n').map((line, index) => {
    const isComment = line.startsWith('#');
    if (isComment && findLiveDirectives(line).length === 0) return line;
    return line.replace(/%%([A-Z][A-Z_]+)%%/g, (whole, name: string, offset: number) => {
      const value = values.get(name);
      // A comment that is a directive counts in a build for live sync alone.
      if (value === undefined && !isComment)
        problems.add(
          { file, line: index + 1, column: offset + 1 },
          '',
          values.has(name)
            ? `${whole} is ${name.endsWith('ARCH') ? 'the architecture' : 'the type'} of the device, which is not known: build on a device that tells it`
            : `unknown variable ${whole}; known are ${[...values.keys()].map(it => `%%${it}%%`).join(', ')}`,
        );
      return value ?? whole;
    });
  });
  return lines.join('\n');
}
