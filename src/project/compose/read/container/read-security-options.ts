import path from 'node:path';
import { readText } from '../../../variables/read-text.ts';
import type { Cursor } from '../../../yaml/cursor.ts';

export interface SecurityOptions {
  /** In the form of the engine's API. */
  readonly securityOptions: readonly string[];
  readonly hasOpenSystemPaths: boolean;
}

/** Profiles that the engine knows by name. */
const namedProfiles = ['unconfined', 'builtin'];

const splitOption = (text: string): readonly [string | undefined, string] => {
  const [, name, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
  return [name, value];
};

const isProfileFile = (name: string | undefined, value: string): boolean =>
  name === 'seccomp' && !namedProfiles.includes(value);

/** Returns the files of seccomp profiles of enabled services, present or not. */
export const listProfileFiles = (
  services: Cursor,
  disabled: ReadonlyMap<string, unknown>,
  directory: string,
): string[] =>
  services
    .entries()
    .flatMap(([service, it]) => (disabled.has(service) ? [] : it.at('security_opt').texts()))
    .map(splitOption)
    .flatMap(([name, value]) => (isProfileFile(name, value) ? [path.resolve(directory, value)] : []));

/**
 * Reads `security_opt`. What is not for the engine itself is carried out as compose does: a seccomp profile is a file
 * of this machine, relative to the project's `directory`, whose text is sent; `systempaths=unconfined` is two settings
 * of a container.
 */
export async function readSecurityOptions(options: Cursor, directory: string): Promise<SecurityOptions> {
  const securityOptions: string[] = [];
  let hasOpenSystemPaths = false;
  for (const item of options.items()) {
    const text = item.text() ?? '';
    const [name, value] = splitOption(text);
    if (text === 'systempaths=unconfined') hasOpenSystemPaths = true;
    else if (name === undefined && text !== 'no-new-privileges')
      item.fail(`${JSON.stringify(text)} is not a security option: write it like seccomp=unconfined`);
    else if (isProfileFile(name, value)) {
      const profile = await readProfile(item, path.resolve(directory, value));
      if (profile !== undefined) securityOptions.push(`seccomp=${profile}`);
    } else securityOptions.push(text);
  }
  return { securityOptions, hasOpenSystemPaths };
}

/** Returns the JSON of a profile, without blanks; its numbers may be too large to be parsed and written again. */
async function readProfile(item: Cursor, file: string): Promise<string | undefined> {
  const text = await readText(file, item.place, item.subject, item.problems);
  if (text === undefined) return undefined;
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    item.fail(`${file} is not a seccomp profile: ${error.message}`);
    return undefined;
  }
  return text.replace(/("(?:\\.|[^"\\])*")|\s+/gs, '$1');
}
