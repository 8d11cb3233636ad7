import type { Translation } from '../catalogue.ts';
import type { daily as zh } from '../zh/daily.ts';

export const daily: Translation<typeof zh> = {
  questionFrom: 'From {channel}',
  answer: 'Your answer in one line',
  send: 'Send',
  skip: 'Skip',
  mood1: 'Worn out',
  mood2: 'So-so',
  mood3: 'Calm',
  mood4: 'Good',
  mood5: 'Great',
  right: 'That is right!',
  wrong: 'Not this time; your answer is kept.',
  thanks: 'Thank you, noted',
  celebrate: '{n} days in a row!',
  celebrate7: 'A whole week. A habit is forming.',
  celebrate30: 'A whole month. Remarkable.',
  celebrate100: 'A hundred days: the wake has become a route.',
  celebrate365: 'A whole year. You are the lighthouse.'
};
