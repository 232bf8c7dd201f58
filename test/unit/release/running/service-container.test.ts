import assert from 'node:assert/strict';
import type { Engine } from '../../../../src/engine/engine.ts';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { findServiceContainer } from '../../../../src/release/running/service-container.ts';

const { signal } = new AbortController();
const container = (id: string, label?: string): ContainerSummary =>
  ({
    ...{ id, name: id, state: 'running' },
    labels: { [composeLabels.service]: 'web', ...(label !== undefined && { [label]: '1' }) },
  }) as never;

describe('the container of a service that a live session writes into', () => {
  const find = async (...containers: ContainerSummary[]): Promise<string | undefined> => {
    const engine: Pick<Engine, 'listContainers'> = { listContainers: () => Promise.resolve(containers) };
    return (await findServiceContainer(engine, 'shop', 'web', signal))?.id;
  };

  it('is one that os or a supervisor made, and never one that another tool put in its place', async () => {
    assert.equal(await find(container('other'), container('ours', ourLabels.made)), 'ours');
    assert.equal(await find(container('supervised', 'io.balena.supervised')), 'supervised');
    assert.equal(await find(container('other')), undefined);
  });
});
