import { sanitizeLine } from '../../../core/sanitize.ts';

/** The platform in an image's configuration, or in a descriptor of OCI, as Docker writes it: `linux/arm/v7`. */
export function platformOfConfig(document: object): string {
  const {
    os = 'linux',
    architecture = '',
    variant = '',
  } = document as { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  const isNamed = architecture === 'arm' && variant !== '';
  return sanitizeLine([os, architecture, ...(isNamed ? [variant] : [])].join('/'));
}
