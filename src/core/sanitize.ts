/**
 * Text from devices, containers and the network is hostile: only its printable characters reach a terminal. Escape
 * sequences are removed as a whole, so that `\x1b[31mred` leaves `red` and not `[31mred`.
 */

// CSI, OSC/DCS/APC/PM/SOS strings (7- and 8-bit forms, ended by BEL, ST, another escape or the end of text), and
// two-character escapes. No alternative can fail after a long match, so time is in proportion to the text.
const escapeSequences =
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]P_^X]|[\x9d\x90\x9f\x9e\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/gu;
// Control characters, invisible or reordering characters (bidi controls, zero-width, separators, tags, blank letters),
// halves of surrogate pairs, private use.
const controls =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f|[\u180b-\u180f]/gu;

/** One line of printable text: escape sequences removed, other control characters shown as `?`. */
export function sanitizeLine(text: string): string {
  return text.replace(escapeSequences, '').replace(controls, '?');
}
