import { Module } from '@nestjs/common';

/** Endpoints and job handlers of the training service; those that every service has come with `runService`. */
@Module({})
export class TrainingModule {}
