import type { DesiredRelease } from './desired.ts';

/** The images are made: from here on they are what is there by their names. */
export const withoutMaking = (desired: DesiredRelease): DesiredRelease => ({
  ...desired,
  services: desired.services.map(service => {
    const { reference } = service.image;
    return { ...service, image: { from: 'registry', reference, pull: 'never', platform: undefined } };
  }),
});
