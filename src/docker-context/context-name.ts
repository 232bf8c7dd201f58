import { OsError } from '../core/errors.ts';

/** Names that the docker client accepts, without a leading digit, with which Docker Desktop does not start. */
const valid = /^[A-Za-z][A-Za-z0-9._-]*$/;

/** The context's name for a device: its own without `.local`, behind `os-` where it begins with no letter. */
export function contextNameOf(device: string): string {
  const label = device.replace(/\.local\.?$/, '').replace(/[^A-Za-z0-9._-]/g, '-');
  return valid.test(label) && label !== 'default' ? label : `os-${label}`;
}

/** Throws OsError `usage` for a name that a docker client would trip over. */
export function checkContextName(name: string): string {
  if (valid.test(name) && name !== 'default') return name;
  throw new OsError('usage', `not a name of a context: ${JSON.stringify(name)}`, {
    hint: 'it starts with a letter and has only letters, digits, dots, underscores and hyphens',
  });
}
