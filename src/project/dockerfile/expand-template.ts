import { findLiveDirectives } from './live-directives.ts';
import type { Problems } from '../problem.ts';
import type { DeviceKind } from './find-dockerfile.ts';

export interface TemplateContext extends DeviceKind {
  readonly serviceName: string;
  readonly projectName: string;
}

/** The values of `%%BALENA_…%%`; undefined means that only the device can tell, and it was not asked. */
function valuesOf(context: TemplateContext): Map<string, string | undefined> {
  const values: [string, string | undefined][] = [
    ['MACHINE_NAME', context.deviceType],
    ['ARCH', context.arch],
    ['SERVICE_NAME', context.serviceName],
    ['APP_NAME', context.projectName],
    // There is no release on a local network; the name is the one that earlier tools gave to local work.
    ['RELEASE_HASH', 'localrelease'],
  ];
  return new Map(
    ['BALENA_', 'RESIN_'].flatMap(prefix => values.map(([name, value]) => [prefix + name, value] as const)),
  );
}

/** Replaces `%%NAME%%` outside comment lines, and in directives for live sync; names that are unknown become problems of `file`. */
export function expandTemplate(
  text: string,
  file: string,
  context: TemplateContext,
  problems: Problems,
): string {
  const values = valuesOf(context);
  const lines = text.split('\n').map((line, index) => {
    const isComment = line.startsWith('#');
    if (isComment && findLiveDirectives(line).length === 0) return line;
    return line.replace(/%%([A-Z][A-Z_]+)%%/g, (whole, name: string, offset: number) => {
      const value = values.get(name);
      // Only a build for live sync has a use for it.
      if (value === undefined && !isComment)
        problems.add(
          { file, line: index + 1, column: offset + 1 },
          '',
          values.has(name)
            ? `${whole} needs the device's type and architecture, which are not known`
            : `unknown variable ${whole}; known are ${[...values.keys()].map(it => `%%${it}%%`).join(', ')}`,
        );
      return value ?? whole;
    });
  });
  return lines.join('\n');
}
