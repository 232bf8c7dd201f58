import type { Picture } from '../../host/splash/png-pixels.ts';

/** How many colours a terminal shows: 24-bit ones, the 256 of xterm, or none. */
export type Colours = 'true' | '256' | 'none';

/** The most pixels of a picture that is drawn on a terminal with that many columns. */
export const pictureSize = (columns: number): { readonly width: number; readonly height: number } => ({
  width: Math.min(columns, 48),
  height: 32,
});

type Rgb = readonly [number, number, number];

const shades = ' ░▒▓█';

/** Number of a colour in the 6 × 6 × 6 cube of xterm. */
const inCube = (rgb: Rgb): number => {
  const [red, green, blue] = rgb.map(it => Math.round((it / 255) * 5)) as [number, number, number];
  return 16 + 36 * red + 6 * green + blue;
};

const colourCode = (layer: 38 | 48, rgb: Rgb, colours: 'true' | '256'): string =>
  colours === 'true'
    ? `\x1b[${layer.toString()};2;${rgb.join(';')}m`
    : `\x1b[${layer.toString()};5;${inCube(rgb).toString()}m`;

/** Draws a picture in cells of a terminal, two pixels in each, one above the other. */
export function renderPicture({ width, height, rgb }: Picture, colours: Colours): string {
  const pixel = (x: number, y: number): Rgb => {
    const at = (y * width + x) * 3;
    return [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0];
  };
  const lightness = ([red, green, blue]: Rgb): number =>
    (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 256;
  const cell = (x: number, y: number): string => {
    const [upper, lower] = [pixel(x, y), pixel(x, y + 1)];
    if (colours === 'none')
      return shades[Math.floor(((lightness(upper) + lightness(lower)) / 2) * shades.length)] ?? ' ';
    return `${colourCode(38, upper, colours)}${colourCode(48, lower, colours)}▀`;
  };
  const lines = Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    const cells = Array.from({ length: width }, (_, x) => cell(x, row * 2)).join('');
    return colours === 'none' ? cells.trimEnd() : `${cells}\x1b[0m`;
  });
  return `${lines.join('\n')}\n`;
}
