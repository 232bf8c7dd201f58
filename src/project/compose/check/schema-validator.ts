/**
 * The compose specification's schema as a function. The build replaces this file by the compiled schema, so that ajv
 * and the schema are needed by developers alone (scripts/build/compose-schema.mjs).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ErrorObject } from 'ajv';

/** Returns all faults of a plain value; empty if it is a valid compose file. */
export type SchemaValidator = (value: unknown) => readonly ErrorObject[];

let compiled: SchemaValidator | undefined;

export async function loadSchemaValidator(): Promise<SchemaValidator> {
  compiled ??= await compile();
  return compiled;
}

/** The specification has it, and the schema of this release not yet. */
const initialSync = { type: ['boolean', 'string'] };

interface ComposeSchema {
  readonly definitions: {
    readonly development: {
      readonly properties: {
        readonly watch: { readonly items: { readonly properties: Record<string, object> } };
      };
    };
  };
}

async function compile(): Promise<SchemaValidator> {
  const { Ajv } = await import('ajv');
  const home = path.dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(
    readFileSync(path.join(home, 'schemas/compose.schema.json'), 'utf8'),
  ) as ComposeSchema;
  schema.definitions.development.properties.watch.items.properties['initial_sync'] = initialSync;
  const validate = new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: false }).compile(
    {
      ...schema,
      $schema: 'http://json-schema.org/draft-07/schema#',
    },
  );
  return value => (validate(value) ? [] : (validate.errors ?? []));
}
