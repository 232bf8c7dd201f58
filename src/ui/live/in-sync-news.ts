import type { LiveEvent } from '../../sync/events.ts';

const render = ({ files, via }: LiveEvent & { readonly type: 'in-sync' }): string => {
  if (files === 0) return 'in sync: no file goes to the container; an edit rebuilds or restarts the service';
  const suffix = via === 'archive' ? ', through the engine as it has no shell or does not run' : '';
  return `in sync: ${files.toString()} path${files === 1 ? '' : 's'}${suffix}`;
};

/**
 * Returns a function that renders the events by which a service is in sync: the first time, when the text differs from
 * the last one, and when a rebuild is awaited.
 */
export function inSyncNews(): (event: LiveEvent) => string | undefined {
  const printed = new Map<string, string>();
  const awaited = new Set<string>();
  const isNews = (service: string, text: string): boolean =>
    awaited.delete(service) || printed.get(service) !== text;
  return event => {
    if (event.type === 'waiting' || event.type === 'sync-failed') awaited.add(event.service);
    // A push of the project itself reports which services it has changed.
    if (event.type === 'rebuilding' && !event.isProject) for (const it of event.services) awaited.add(it);
    if (event.type === 'rebuild-failed') for (const it of event.services) awaited.delete(it);
    if (event.type !== 'in-sync') return undefined;
    const text = render(event);
    if (!isNews(event.service, text)) return undefined;
    printed.set(event.service, text);
    return text;
  };
}
