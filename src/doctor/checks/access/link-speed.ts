import { formatBytes } from '../../../core/units.ts';
import { accessCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/**
 * A line, which starts the clock, and after a pause what is measured: small enough to come at once over any link that is fit for
 * work, and nothing compresses it.
 */
const pauseMs = 50;
const probe = `echo; sleep ${(pauseMs / 1000).toString()}; head -c 16384 /dev/urandom`;
/** At this speed 10 MB take more than a minute and a half. */
const slowBytesPerS = 100_000;

export const linkSpeed = accessCheck({
  id: 'link-speed',
  title: 'speed of the link',
  read: async (device, { signal }) => {
    let sizeBytes = 0;
    let firstMs: number | undefined;
    let lastMs = 0;
    for await (const part of device.runOnHost(probe, signal)) {
      lastMs = performance.now();
      if (firstMs === undefined) firstMs = lastMs + pauseMs;
      else sizeBytes += part.length;
    }
    return { sizeBytes, tookMs: firstMs === undefined ? 0 : lastMs - firstMs };
  },
  judge: ({ sizeBytes, tookMs }) => {
    const bytesPerS = (sizeBytes / tookMs) * 1000;
    // All of it in one piece, or as good as at once.
    if (!(tookMs > 20) || bytesPerS >= slowBytesPerS) return ok('fast enough for pushes');
    const evidence = `${formatBytes(Math.round(bytesPerS))}/s`;
    return warning(
      `${evidence}: a push of 10 MB takes ${Math.ceil(10_000_000 / bytesPerS / 60).toString()} minutes`,
      'come nearer to the access point, or use a cable; `os push` sends only what changed',
    );
  },
});
