import { formatBytes } from '../../core/units.ts';
import type { Splash } from '../../host/splash/splash-files.ts';

/** The logo in two lines. */
export function renderSplash({ path, facts, isReplaced }: Splash): string {
  const whose = isReplaced
    ? 'replaced; `os splash reset` brings back the one of the OS'
    : 'the one of the OS';
  if (facts === null) return `${path}: no logo\n`;
  const { width, height, hasAlpha, sizeBytes } = facts;
  const size = `${width.toString()} x ${height.toString()} pixels, ${formatBytes(sizeBytes)}`;
  return `${path}: ${size}, ${hasAlpha ? 'with' : 'without'} transparency\n${whose}\n`;
}
