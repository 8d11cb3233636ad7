import type { Translation } from '../catalogue.ts';
import type { login as zh } from '../zh/login.ts';

export const login: Translation<typeof zh> = {
  title: 'Log in',
  welcome: 'Welcome back',
  number: 'Employee number',
  password: 'Password',
  numberHint: 'e.g. 10023',
  show: 'Show password',
  hide: 'Hide password',
  submit: 'Log in',
  submitting: 'Logging in…',
  missingNumber: 'Enter your employee number',
  missingPassword: 'Enter your password',
  wrong: 'Employee number or password is wrong. Please try again.',
  company: 'Company code',
  companyHint: 'This number exists in more than one company: add yours',
  forgot: 'Forgot it? Ask HR or your admin to reset it.',
  demo: 'Demo accounts',
  demoText: 'The password is {password} for all; tap one to fill it in.',
  demo_admin: 'Admin',
  demo_alice: 'Team lead',
  demo_bob: 'Employee',
  demo_carol: 'Next department',
  demo_chen: 'Expert',
  leftBehind: '{n} acts of the last person here are still waiting; they are sent at their next log-in.',
  again: 'Your log-in has expired. Please log in again.',
  language: '中文'
};
