export { EventFile, type EventFileOptions, isEventFileName } from './event-file';
export { type EventTime, restartEvent, scalarsEvent, textEvent, versionEvent } from './events';
