/** A profile of OpenVPN as a person has it, checked before it becomes the one of the device (openvpn(8)). */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

const mostBytes = 1024 * 1024;

/** Directives whose value is a file; each can be written into the profile, as `<ca>…</ca>`. */
const fileDirectives = new Set(
  'ca cert key pkcs12 dh secret tls-auth tls-crypt tls-crypt-v2 crl-verify extra-certs auth-user-pass http-proxy-user-pass askpass config'.split(
    ' ',
  ),
);

const refuse = (problem: string, hint: string): never => {
  throw new OsError('config-invalid', `the profile cannot be used: ${problem}`, { hint });
};

/** The directives of a profile, outside of its inline files: name and words, with the number of the line. */
function* directivesOf(
  text: string,
): Generator<{ readonly words: readonly string[]; readonly line: number }> {
  let inside: string | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const row = raw.trim();
    const tag = /^<(\/?)([\w-]+)>$/.exec(row);
    if (tag !== null) {
      const [, slash, name] = tag;
      if (slash === '') inside ??= name;
      else if (name === inside) inside = undefined;
      continue;
    }
    if (inside !== undefined || row === '' || /^[#;]/.test(row)) continue;
    yield { words: row.split(/\s+/), line: index + 1 };
  }
  if (inside !== undefined) refuse(`<${inside}> is not closed`, 'the file may be cut off');
}

/**
 * Throws OsError `config-invalid` for what OpenVPN would not start with on the device: no profile, or files that only this
 * machine has.
 */
export function checkVpnProfile(content: Uint8Array): void {
  const giveProfile = 'give a profile of OpenVPN (.ovpn, .conf)';
  if (content.length > mostBytes) refuse('it is larger than 1 MB', giveProfile);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return refuse('it is not text', giveProfile);
  }
  if (text.includes('\0')) refuse('it is not text', giveProfile);
  const directives = [...directivesOf(text)];
  if (!directives.some(({ words: [name] }) => name === 'dev' || name === 'remote'))
    refuse('it has neither `dev` nor `remote`', giveProfile);
  for (const { words, line } of directives) {
    const [name = '', value] = words;
    if (name === 'daemon')
      refuse(`line ${line.toString()}: \`daemon\``, 'remove it: systemd keeps the program');
    if (value === undefined || value === '[inline]' || !fileDirectives.has(name)) continue;
    refuse(
      `line ${line.toString()} names a file: ${sanitizeLine(words.join(' '))}`,
      `write its content into the profile, as <${name}> … </${name}>`,
    );
  }
}
