/**
 * Text from devices, containers and the network is hostile: nothing of it reaches a terminal but printable
 * characters. Escape sequences go whole, so that `\x1b[31mred` leaves `red` and not `[31mred`.
 */

// CSI, OSC/DCS/APC/PM/SOS strings (7- and 8-bit forms, ended by BEL, ST or the end of text), and two-character escapes.
const escapeSequences =
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]P_^X]|[\x9d\x90\x9f\x9e\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?/gu;
// C0, DEL, C1, and the invisible characters that reorder or hide text (bidi controls, zero-width, line separators, BOM, tags).
const controls =
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** One line of printable text: escape sequences removed, other control characters shown as `?`. */
export function sanitizeLine(text: string): string {
  return text.replace(escapeSequences, '').replace(controls, '?');
}
