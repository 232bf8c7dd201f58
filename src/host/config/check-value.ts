/** Checks of single values: each returns the fault as the predicate of a sentence, undefined for a good value. */
import { X509Certificate } from 'node:crypto';
import { ipVersionOf } from '../../net/ip-version.ts';
import { countryCodes } from './country-codes.ts';
import { problemOfPublicKey } from './ssh-public-key.ts';

export type Check<T> = (value: T) => string | undefined;

const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

const isDomainName = (name: string): boolean =>
  name.length <= 253 &&
  name
    .replace(/\.$/, '')
    .split('.')
    .every(part => label.test(part));

const words = (value: string): string[] => value.split(' ').filter(word => word !== '');

/** Empty is good: the OS then uses the beginning of the UUID. */
export const checkHostname: Check<string> = value => {
  if (value === '' || (label.test(value) && value.toLowerCase() !== 'localhost')) return undefined;
  if (value.toLowerCase() === 'localhost') return 'localhost is the name of every machine';
  if (/^\.|\.local$/i.test(value)) return 'write it without .local; the device adds it';
  return 'a host name is 1 to 63 letters, digits and hyphens, with no hyphen at either end';
};

export const checkUuid: Check<string> = value =>
  /^([0-9a-f]{2}){16,31}$/.test(value) ? undefined : 'a UUID is 32 to 62 lowercase hexadecimal digits';

export const checkCountry: Check<string> = value =>
  countryCodes.has(value) ? undefined : 'a country is its two capital letters of ISO 3166, e.g. DE or US';

export const checkTimeServers: Check<string> = value => {
  const bad = words(value).find(word => ipVersionOf(word) === 0 && !isDomainName(word));
  return bad === undefined ? undefined : `${bad} is neither a host name nor an address`;
};

/** `null` as text means no servers at all; empty means the default. */
export const checkNameServers: Check<string> = value => {
  const bad = value === 'null' ? undefined : words(value).find(word => ipVersionOf(word) === 0);
  return bad === undefined ? undefined : `${bad} is not an address; separate several by blanks`;
};

export const checkPort: Check<number> = value =>
  Number.isInteger(value) && value >= 1 && value <= 65_535 ? undefined : 'a port is a number from 1 to 65535';

export const checkCount: Check<number> = value =>
  Number.isSafeInteger(value) && value >= 0 ? undefined : 'it is a whole number, 0 or more';

export const checkSeconds: Check<string> = value =>
  /^\d{1,9}$/.test(value) ? undefined : 'it is a whole number of seconds; 0 switches it off';

/** `null` as text switches the connectivity check off. */
export const checkUrl: Check<string> = value =>
  value === 'null' || (/^https?:\/\//.test(value) && URL.canParse(value))
    ? undefined
    : 'it is a URL that begins with http:// or https://';

export const oneOf =
  (...choices: readonly string[]): Check<string> =>
  value =>
    choices.includes(value) ? undefined : `it is one of ${choices.join(', ')}`;

export const checkSshKeys: Check<readonly string[]> = keys => {
  if (keys.length === 0) return 'an empty list lets nobody in; unset the key instead';
  for (const [index, key] of keys.entries()) {
    const problem = problemOfPublicKey(key);
    if (problem !== undefined)
      return keys.length === 1 ? problem : `key ${(index + 1).toString()}: ${problem}`;
  }
  return undefined;
};

export const checkRules: Check<Readonly<Record<string, string>>> = rules => {
  const bad = Object.keys(rules).find(name => !/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} cannot be the name of a rules file`;
};

export const checkRootCa: Check<string> = value => {
  const pem = Buffer.from(value, 'base64').toString('latin1');
  try {
    new X509Certificate(pem);
    return undefined;
  } catch {
    return 'it is a PEM certificate, encoded once more as base64';
  }
};
