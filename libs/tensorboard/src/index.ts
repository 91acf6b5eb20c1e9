export { EventFile, isEventFileName } from './event-file';
export { restartEvent, scalarsEvent, textEvent, versionEvent } from './events';
