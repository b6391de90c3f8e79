// What is reported, what moderators decide, and who may know of it.
import { moment, sorted } from './oracle-data.mjs';

/** The resolvers of reports, cases, decisions and the public log. */
export function moderation(world, { page, of, created, node, nodeOf, viewer, has, isOwn, isReadable, isPublicAmendment, isLogged, streamCursor, event, about }) {
  const { all, get } = world;
  const moderates = (context, process) => has(context, process, 'MODERATOR', 'ADMIN');
  const isAbout = ({ item_id: id }) => get(id);
  const standing = (c) => {
    const item = isAbout(c);
    if (!item || item.deleted_at != null) return 'DELETED';
    if (item.held_at != null) return c.state === 'HELD' ? 'HELD' : 'REFUSED';
    if (item.hidden_at != null) return c.state === 'OPEN' ? 'SUSPENDED' : 'HIDDEN';
    return 'PUBLIC';
  };
  const { actor, ...unsigned } = event; // what moderators do is in nobody's name
  const caseOf = (id, context) => all('ModerationCase', 'item_id', id)
    .find((c) => moderates(context, c.process_id) || isOwn(c, context)) ?? null;
  const reportsOn = ({ item_id: id }) => all('Report', 'item_id', id);
  const caseMatches = ({ states, reasons, kind }) => (c) => (states == null || states.includes(c.state)) && (kind == null || c.kind === kind) &&
    (reasons == null || reportsOn(c).some(({ reason }) => reasons.includes(reason)));
  const queue = (p, { filter, orderBy, ...args }, context) => {
    const { field, direction } = orderBy ?? { field: 'OPENED_AT', direction: 'ASC' };
    const mine = moderates(context, p.id) ? all('ModerationCase', 'process_id', p.id) : [];
    const keys = { OPENED_AT: (c) => [moment(c.opened_at)], REPORTS: (c) => [c.report_count ?? 0] }[field];
    return page(of(`moderationQueue:${field}:${direction}`, p, filter), mine.filter(caseMatches(filter ?? {})), keys, args,
      { descending: direction === 'DESC', mine, filter: filter ?? {} });
  };
  const isReportable = (item) => (item.__typename === 'Amendment' ? isPublicAmendment(item) : isReadable(item));
  const reportable = {
    viewerCanReport: (item, args, context) => viewer(context) != null && !isOwn(item, context) && isReportable(item),
    viewerReport: ({ id }, args, context) => all('Report', 'item_id', id).find((r) => r.reporter_id === context.viewer) ?? null,
    viewerCase: ({ id }, args, context) => caseOf(id, context),
  };
  const kinds = ['COMMENT', 'AMENDMENT'];
  const itemKind = ({ kind }) => kind;

  return {
    Query: {
      moderationLog: (_, { process: id }) => {
        const p = nodeOf(id, 'Process');
        const topic = p?.id.replace('process', 'moderationlog');
        return p && { process: p, topic, streamCursor: streamCursor({ id: topic }) };
      },
    },
    Process: {
      viewerHeldWords: (p, args, context) => (moderates(context, p.id) ? p.held_words ?? [] : []),
      viewerModerationQueue: queue,
      viewerCanModerate: (p, args, context) => moderates(context, p.id),
    },
    Comment: reportable,
    Amendment: reportable,
    Viewer: {
      reports: (u, args) => page(of('viewerReports'), all('Report', 'reporter_id', u.id), created, args, { descending: true }),
      hiddenItems: (u, args) => page(of('hiddenItems'), all('ModerationCase', 'author_id', u.id).filter(({ removed }) => removed), created, args,
        { descending: true }),
    },
    Moderation: {
      itemKind,
      isAutomated: (m) => m.automated ?? false,
      viewerFacts: (m, args, context) => (caseOf(m.item_id, context) ? m.facts ?? '' : null),
      viewerAppealUntil: (m, args, context) => (isOwn(caseOf(m.item_id, context) ?? {}, context) && ['HIDE', 'REFUSE'].includes(m.action)
        ? m.created_at.replace(/-0(\d)-/, (_, month) => `-0${Number(month) + 6}-`) : null), // in the first three months of the year
      viewerAppeal: (m, args, context) => (caseOf(m.item_id, context) ? all('Appeal', 'moderation_id', m.id)[0] ?? null : null),
    },
    ModerationLog: {
      entries: ({ process }, { filter, ...args }) => page(of('moderationLog', process, filter), all('Moderation', 'process_id', process.id).filter((m) =>
        isLogged(m) && (filter?.actions == null || filter.actions.includes(m.action)) && (filter?.reasons == null || filter.reasons.includes(m.reason)) &&
        (filter?.kind == null || m.kind === filter.kind) && (filter?.isAutomated == null || (m.automated ?? false) === filter.isAutomated)),
      created, args, { descending: true }),
    },
    ModerationCase: {
      itemKind,
      standing,
      process: (c) => get(c.process_id),
      comment: (c) => (c.kind === 'COMMENT' && isAbout(c).deleted_at == null ? isAbout(c) : null),
      amendment: (c, args, context) => {
        const a = c.kind === 'AMENDMENT' ? isAbout(c) : null;
        return a && (a.state !== 'DRAFT' || a.held_at != null || isOwn(a, context)) ? a : null;
      },
      heldFor: (c) => c.held_for ?? [],
      reportCount: (c, args, context) => (moderates(context, c.process_id) ? c.report_count ?? 0 : 0),
      confirmedReportCount: (c, args, context) => (moderates(context, c.process_id) ? c.confirmed_count ?? 0 : 0),
      reports: (c, args, context) => page(of('reports', c), moderates(context, c.process_id) ? reportsOn(c) : [], created, args),
      decisions: (c) => sorted(all('Moderation', 'item_id', c.item_id), (m) => [...created(m), m.id]).reverse(),
    },
    ModerationCaseConnection: {
      counts: ({ mine, filter }) => {
        if (!mine) return { byState: [], byReason: [], byKind: [] };
        const without = (condition) => mine.filter(caseMatches({ ...filter, [condition]: null }));
        return {
          byState: ['OPEN', 'HELD', 'APPEALED', 'DECIDED'].map((state) => ({ state, count: without('states').filter((c) => c.state === state).length })),
          byReason: ['SPAM', 'OFFENSIVE', 'OFF_TOPIC', 'ILLEGAL', 'OTHER'].map((reason) => ({
            reason, count: without('reasons').filter((c) => reportsOn(c).some((r) => r.reason === reason)).length,
          })),
          byKind: kinds.map((kind) => ({ kind, count: without('kind').filter((c) => c.kind === kind).length })),
        };
      },
    },
    Report: { itemKind, moderation: (r) => node(r.moderation_id) },
    ModerationLogged: { ...unsigned, moderation: about('Moderation') },
    ModerationQueueChanged: unsigned,
  };
}
