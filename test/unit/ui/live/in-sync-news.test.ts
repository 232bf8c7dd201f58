import assert from 'node:assert/strict';
import { inSyncNews } from '../../../../src/ui/live/in-sync-news.ts';

describe('what is said of a service in sync', () => {
  it('is that an edit restarts or rebuilds it, and not that there is nothing to sync, if its rules sync no file', () => {
    const text = inSyncNews()({ type: 'in-sync', service: 'web', files: 0, via: 'shell' });
    assert.equal(text, 'in sync: no file goes to the container; an edit rebuilds or restarts the service');
  });
});
