export const problems = {
  unknown: '出了点问题，请重试。',
  unreachable: '连不上服务器，请检查网络。',
  unavailable: '服务器暂时忙，请稍后再试。',
  unauthenticated: '请重新登录。',
  forbidden: '你没有权限做这件事。',
  'not-found': '没有找到，或者它不对你开放。',
  conflict: '内容已被别处修改，请刷新后再试。',
  'trace-conflict': '这条记录已经以另一种内容保存过。',
  'cross-site-request': '请求来自别的网站，已拒绝。',
  invalid: '填写的内容有误，请检查。',
  'too-large': '文件太大了。',
  'too-many': '操作太频繁，请稍等片刻。'
} as const;
