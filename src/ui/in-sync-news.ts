import type { LiveEvent } from '../sync/events.ts';

const render = ({ files, via }: LiveEvent & { type: 'watching' }): string => {
  if (files === 0) return 'nothing to sync: edits are built in';
  const how = via === 'archive' ? ', through the engine as it has no shell or does not run' : '';
  return `in sync: ${files.toString()} path${files === 1 ? '' : 's'}${how}`;
};

/**
 * What to say of events that tell that a service is in sync: that it is the first time, where it says something else than
 * before, and where somebody waits for it.
 */
export function inSyncNews(): (event: LiveEvent) => string | undefined {
  const told = new Map<string, string>();
  const awaited = new Set<string>();
  const isNews = (service: string, text: string): boolean =>
    awaited.delete(service) || told.get(service) !== text;
  return event => {
    if (event.type === 'waiting' || event.type === 'failed') awaited.add(event.service);
    // Of a project's push it is told which services it has touched.
    if (event.type === 'rebuilding' && !event.isProject) for (const it of event.services) awaited.add(it);
    if (event.type === 'rebuild-failed') for (const it of event.services) awaited.delete(it);
    if (event.type !== 'watching') return undefined;
    const text = render(event);
    if (!isNews(event.service, text)) return undefined;
    told.set(event.service, text);
    return text;
  };
}
