import assert from 'node:assert/strict';
import { inOrder, type RunningService } from '../../../../src/release/running/project-services.ts';
import { selectServices } from '../../../../src/release/running/select-services.ts';
import { after as afterService, project, service } from '../../../support/composition.ts';

describe('services', () => {
  it('are selected with what they depend on', () => {
    const all = project([
      service('db'),
      service('web', { dependsOn: [afterService('db')] }),
      service('other'),
    ]);
    assert.deepEqual(
      selectServices(all, ['web']).map(({ name }) => name),
      ['db', 'web'],
    );
    assert.throws(() => selectServices(all, ['wbe']), { code: 'usage', hint: 'it has db, web, other' });
  });

  it('are put in the order of what they depend on, also in a circle', () => {
    const running = (name: string, ...dependsOn: string[]): RunningService => ({
      ...{ project: 'shop', service: name, container: name, id: name, state: 'running', status: '' },
      ...{ image: '', ports: [], dependsOn },
    });
    const order = inOrder([running('a', 'b'), running('b', 'c'), running('c', 'a'), running('d')]);
    assert.deepEqual(
      order.map(it => it.service),
      ['c', 'b', 'a', 'd'],
    );
  });
});
