import type { Variant } from '../../../device/identity.ts';
import { accessCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

export const variant = accessCheck({
  id: 'variant',
  title: 'variant',
  read: device => device.variant(),
  judge: (kind: Variant | null) => {
    if (kind === null) return unknown('nothing that answers tells the variant');
    if (kind !== 'production') return ok(kind);
    return warning(
      'production: its engine port is closed, and SSH takes keys only',
      'make it a development device: os config set developmentMode true --on DEVICE; or use --via ssh',
    );
  },
});
