import type { ImageDetails } from '../../engine/objects.ts';
import { readFeatures, type Feature } from '../../project/features.ts';
import { addFeatures } from '../desired/add-features.ts';
import type { DesiredRelease, DesiredService } from '../desired/desired.ts';
import { digestOf } from '../desired/digest.ts';

/** `desired` with the features that labels of the services' images switch on; a service's own label wins over its image's. */
export function withImageFeatures(
  desired: DesiredRelease,
  images: ReadonlyMap<string, Pick<ImageDetails, 'labels'>>,
): DesiredRelease {
  const { featureContext, extraFirmware } = desired;
  const services = desired.services.map((service): DesiredService => {
    const features = featuresOf(service, images.get(service.image.reference)?.labels ?? {});
    if (features.length === 0) return service;
    const { body, optionalSources } = addFeatures(service.body, features, featureContext);
    return {
      ...service,
      body,
      optionalSources: [...service.optionalSources, ...optionalSources],
      configHash: hashWithFeatures(service, images.get(service.image.reference)?.labels ?? {}),
    };
  });
  const isFirmwareUsed = services.some(({ body }) =>
    (body.HostConfig.Binds ?? []).some(bind => bind.startsWith(`${extraFirmware.name}:`)),
  );
  const isKnown = desired.volumes.some(({ name }) => name === extraFirmware.name);
  const volumes = isFirmwareUsed && !isKnown ? [...desired.volumes, extraFirmware] : desired.volumes;
  return { ...desired, services, volumes };
}

/** Returns `configHash` of a service as `withImageFeatures` changes it for an image with `labels`. */
export function hashWithFeatures(
  service: Pick<DesiredService, 'body' | 'configHash'>,
  labels: ImageDetails['labels'],
): string {
  const { configHash } = service;
  const features = featuresOf(service, labels);
  return features.length === 0 ? configHash : digestOf({ configHash, features });
}

/** The features of an image that the service does not mention. */
function featuresOf(
  { body }: Pick<DesiredService, 'body'>,
  labels: Readonly<Record<string, string>>,
): Feature[] {
  const own = new Set(readFeatures(body.Labels).map(({ feature }) => feature));
  return readFeatures({ ...labels, ...body.Labels }).flatMap(({ feature }) =>
    feature === undefined || own.has(feature) ? [] : [feature],
  );
}
