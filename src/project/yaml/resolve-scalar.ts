/** The type of a plain YAML scalar as compose's YAML library has it: 1.2 words, and octal numbers of 1.1. */
export function resolveScalar(text: string): string | number | boolean | null {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return resolveNumber(text) ?? text;
}

function resolveNumber(text: string): number | undefined {
  if (!/^[-+]?(?:\d|\.\d|\.inf|\.Inf|\.INF)|^\.(?:nan|NaN|NAN)$/.test(text)) return undefined;
  const match = /^([-+]?)(.*)$/.exec(text.replace(/(?<=\w)_(?=\w)/g, ''));
  const sign = match?.[1] === '-' ? -1 : 1;
  const digits = match?.[2] ?? '';
  if (/^(?:0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/.test(digits)) return sign * Number(digits);
  if (/^0[0-7]+$/.test(digits)) return sign * parseInt(digits, 8);
  if (/^(?:\d+|\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(digits)) return sign * Number(digits);
  if (/^\.(?:inf|Inf|INF)$/.test(digits)) return sign * Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(digits)) return NaN;
  return undefined;
}
