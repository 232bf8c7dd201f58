import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { closed } from './closed-schema.ts';
import { root } from './run-program.ts';

interface Schema {
  readonly $defs: Readonly<Record<string, { readonly properties?: { readonly type?: object } }>>;
}

export const eventSchema = JSON.parse(
  readFileSync(path.join(root, 'docs/events.schema.json'), 'utf8'),
) as Schema;

/** Every event may name its device. */
const withDevice = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withDevice);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withDevice(value)]));
  if (!('properties' in node && 'type' in node && node.type === 'object')) return inner;
  const properties = inner['properties'] as object;
  if (!('type' in properties) || 'device' in properties) return inner;
  return { ...inner, properties: { ...properties, device: { type: 'string' } } };
};

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const validators = new Map<object, ValidateFunction>();

/** Each event is one that docs/events.schema.json tells of, with no field beyond. */
export function assertKnownEvents(events: readonly { readonly type: string }[]): void {
  const validate = validators.get(eventSchema) ?? ajv.compile(closed(withDevice(eventSchema)) as object);
  validators.set(eventSchema, validate);
  for (const event of events)
    assert.ok(validate(event), `${JSON.stringify(event)}\n${ajv.errorsText(validate.errors?.slice(0, 5))}`);
}
