import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { closed } from './closed-schema.ts';

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
  readonly $defs: object;
}

const file = path.resolve(import.meta.dirname, '../../docs/results.schema.json');
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, allowUnionTypes: true });
let schema: Schema | undefined;
const validators = new Map<string, ValidateFunction>();

function commandOf(args: readonly string[], commands: readonly string[]): string | undefined {
  return commands.filter(it => it.split(' ').every((word, i) => args[i] === word)).sort()[0];
}

/**
 * Checks a document that `os ...args --json` printed: its result has the fields that docs/results.schema.json describes, and
 * no others. Anything but one document of success is ignored.
 */
export function assertKnownResult(args: readonly string[], stdout: string): void {
  const flags = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length);
  const isCommand = args[0]?.startsWith('-') === false;
  if (!isCommand || !flags.includes('--json') || !stdout.startsWith('{"ok":true,')) return;
  const all = (schema ??= JSON.parse(readFileSync(file, 'utf8')) as Schema);
  const command = commandOf(args, Object.keys(all.properties));
  assert.ok(command !== undefined, `docs/results.schema.json has no result of: os ${args.join(' ')}`);
  const validate =
    validators.get(command) ??
    ajv.compile({ ...(closed(all.properties[command]) as object), $defs: closed(all.$defs) });
  validators.set(command, validate);
  const { result } = JSON.parse(stdout) as { readonly result: unknown };
  assert.ok(validate(result), `os ${args.join(' ')}\n${stdout}\n${ajv.errorsText(validate.errors)}`);
}
