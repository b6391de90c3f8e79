// What each field of the schema is, said as plainly as the schema's descriptions say it: one query for one row at a time.
import { attention } from './oracle-attention.mjs';
import { connection, holds, language, moment, once, preferred, refuse, sorted } from './oracle-data.mjs';
import { moderation } from './oracle-moderation.mjs';
import { organizations } from './oracle-organizations.mjs';
import { trust } from './oracle-trust.mjs';

/** The resolvers over a dump, by type and field. */
export function resolvers(world) {
  const { tables, all, get, now } = world;
  // A list is its order, its parent and its filter: a cursor of another one is refused.
  const of = (order, parent, filter) => `${order}@${parent?.id ?? ''}${JSON.stringify(filter ?? {}, (name, value) =>
    (value === null || (name === 'rootsOnly' && !value) || (Array.isArray(value) && value.length === 0) ? undefined : value))}`;
  const page = (name, rows, keys, args, more) => connection(get, name, rows, (row) => [...keys(row), row.id], args, more);
  const created = (row) => [moment(row.created_at)];

  // What is public.
  const isPublicProcess = (p) => p?.published_at != null;
  const isPublicCommitment = (c) => c?.__typename === 'Commitment' && c.status !== 'DRAFT';
  const isPublicAmendment = (a) => a?.__typename === 'Amendment' && a.state !== 'DRAFT' && a.hidden_at == null;
  const isReadable = (m) => m.deleted_at == null && m.hidden_at == null;
  const replies = (m) => all('Comment', 'parent_id', m.id);
  const below = once((m) => replies(m).flatMap((reply) => [reply, ...below(reply)]));
  const isVisible = (m) => get(m.subject_id).hidden_at == null && (isReadable(m) || below(m).some(isReadable));
  const isLogged = (m) => ['HIDE', 'RESTORE', 'DISMISS'].includes(m?.action);
  const isPublic = {
    Amendment: isPublicAmendment,
    Axis: (a) => isPublicProcess(get(a.process_id)),
    Comment: isVisible,
    Commitment: isPublicCommitment,
    Moderation: isLogged,
    Organization: () => true,
    Phase: (f) => isPublicProcess(get(f.process_id)),
    Process: isPublicProcess,
    Support: () => true,
    Territory: () => true,
    User: () => true,
    Version: (v) => isPublicCommitment(get(v.commitment_id)),
  };
  const node = (id) => (isPublic[get(id)?.__typename]?.(get(id)) ? get(id) : null);
  const nodeOf = (id, type) => (get(id)?.__typename === type ? node(id) : null);

  // Texts in the reader's language.
  const said = (texts, process, { language: asked }, { languages }) => texts[language(texts, process.languages, asked, languages)] ?? '';
  const processOf = (row) => get(row.process_id ?? get(row.commitment_id).process_id);
  const text = (column) => (row, args, context) => said(row[column] ?? {}, processOf(row), args, context);
  const ownText = (column) => (process, args, context) => said(process[column], process, args, context);
  const official = (resolve) => (...all) => world.official[resolve(...all)];
  const current = (c) => get(c.version_id);
  const differences = new Map(world.differences.map(({ of, ...found }) => [JSON.stringify(of), found]));
  const difference = (tag, oldTitle, oldBody, newTitle, newBody) => {
    const found = differences.get(JSON.stringify([oldTitle, oldBody, newTitle, newBody]));
    return { ...found, language: tag, isEmpty: oldTitle === newTitle && oldBody === newBody };
  };

  // Who.
  const speaksOf = (header) => {
    const tags = preferred(header).map((tag) => tag.split('-')[0].toLowerCase());
    return tags.find((tag) => tag === 'en' || tag === 'fr') ?? (tags.includes('br') ? 'fr' : 'en'); // Bretons know French
  };
  const face = (row) => get(row.organization_id ?? row.author_id ?? row.user_id);
  const stillThere = (user) => (user?.erased_at == null ? user : null);

  // Counts.
  const thread = (subject) => all('Comment', 'subject_id', subject.id);
  const commentCount = once((subject) => thread(subject).filter(isReadable).length);
  const isBy = (kind) => (row) => kind == null || (kind === 'ORGANIZATION') === (row.organization_id != null);
  const alignmentCounts = (subject) => {
    const roots = thread(subject).filter((m) => m.parent_id == null && isReadable(m));
    const count = (...sides) => roots.filter((m) => sides.includes(m.alignment)).length;
    return { for: count('FOR'), against: count('AGAINST'), neutral: count('NEUTRAL', undefined) };
  };
  const votes = once((m) => all('CommentVote', 'comment_id', m.id).map(({ value }) => value));
  const upCount = (m) => votes(m).filter((value) => value > 0).length;
  const downCount = (m) => votes(m).filter((value) => value < 0).length;
  const descendantCount = (m) => below(m).filter(isReadable).length;
  const supports = (c) => all('Support', 'commitment_id', c.id);
  const isOnCurrentText = (s) => s.version_id === get(s.commitment_id).version_id;
  const supportCount = once((c) => supports(c).filter(isOnCurrentText).length);
  const submitted = (c) => all('Amendment', 'commitment_id', c.id).filter(isPublicAmendment);

  // What is open now.
  const isOpen = ({ opens_at, closes_at }) => moment(opens_at) <= moment(now) && (closes_at == null || moment(now) < moment(closes_at));
  const allows = (process, what) => all('Phase', 'process_id', process.id).some((phase) => isOpen(phase) && phase[what]);
  const isUnderConsultation = ({ status }) => status === 'OPEN' || status === 'UNDER_REVIEW';
  const takes = (c, what) => isUnderConsultation(c) && allows(get(c.process_id), what);
  const takesComments = (subject) => (subject.__typename === 'Commitment'
    ? takes(subject, 'comments')
    : subject.state === 'EVALUATING' && subject.hidden_at == null && takes(get(subject.commitment_id), 'comments'));
  const takesAmendments = (c) => c.status === 'OPEN' && takes(c, 'amendment_submission');
  const acceptsReplies = (m) => (m.depth ?? 0) < 3 && isReadable(m);

  // Lists.
  const path = (m) => (m == null ? [] : [...path(get(m.parent_id)), m.id]);
  const commentOrders = {
    OLDEST: [created],
    NEWEST: [created, true],
    THREAD: [path],
    TOP: [(m) => [upCount(m) - downCount(m)], true],
    MOST_DISCUSSED: [(m) => [descendantCount(m)], true],
  };
  const comments = (subject, { filter, orderBy, ...args }) => {
    const [keys, descending] = commentOrders[orderBy];
    let list = thread(subject).filter(isVisible);
    if (orderBy === 'TOP' || orderBy === 'MOST_DISCUSSED' || filter?.rootsOnly || filter?.alignment != null) {
      list = list.filter((m) => m.parent_id == null);
    }
    if (filter?.alignment != null) list = list.filter(isReadable).filter((m) => (m.alignment ?? 'NEUTRAL') === filter.alignment);
    if (filter?.by != null) list = list.filter(isReadable).filter(isBy(filter.by));
    if (filter?.below != null) list = list.filter((m) => path(m).slice(0, -1).includes(filter.below));
    return page(of(`comments:${orderBy}`, subject, filter), list, keys, args, { descending });
  };
  const amendments = (c, { filter, orderBy, ...args }) => {
    const { field, direction } = orderBy ?? { field: 'SUBMITTED_AT', direction: 'ASC' };
    const keys = { SUBMITTED_AT: (a) => [moment(a.submitted_at)], COMMENTS: (a) => [commentCount(a)] }[field];
    const anyState = submitted(c).filter(isBy(filter?.by)).filter((a) =>
      (filter?.mergeState == null || (a.merge_state ?? 'CLEAN') === filter.mergeState) && (filter?.author == null || face(a).id === filter.author));
    const list = anyState.filter((a) => filter?.states == null || filter.states.includes(a.state));
    return page(of(`amendments:${field}:${direction}`, c, filter), list, keys, args, { descending: direction === 'DESC', anyState });
  };
  const territoryPath = (t) => (t == null ? [] : [...territoryPath(get(t.parent_id)), t.id]);
  const isWithin = (t, id) => territoryPath(t).includes(id);
  const territories = (list, args, parent, filter) => page(of('territories', parent, filter), list, (t) => [t.code], args);
  const named = (c) => c.territory_ids.map(get);
  const matches = (filter) => (c) =>
    (filter.axes == null || filter.axes.includes(c.axis_id)) &&
    (filter.statuses == null || filter.statuses.includes(c.status)) &&
    (filter.territories == null || filter.territories.some((id) => named(c).some((t) => isWithin(t, id)))) &&
    holds([c.reference, ...Object.values(current(c).title), ...Object.values(current(c).body)].join(' '), filter.text);
  const commitmentPage = (name, process, list, { orderBy, filter, ...args }, more) => {
    const { field, direction } = orderBy ?? { field: 'NUMBER', direction: 'ASC' };
    const keys = {
      NUMBER: (c) => [c.number],
      ACTIVITY: (c) => [moment(activeAt(c))],
      SUPPORTS: (c) => [supportCount(c)],
      COMMENTS: (c) => [commentCount(c)],
    }[field];
    return page(of(`${name}:${field}:${direction}`, process, filter), list, keys, args, { descending: direction === 'DESC', process, ...more });
  };
  const commitments = (process, args) => {
    const { filter } = args;
    const list = all('Commitment', 'process_id', process.id).filter(isPublicCommitment);
    return commitmentPage('commitments', process, list.filter(matches(filter ?? {})), args, { everywhere: list, filter: filter ?? {} });
  };
  const versions = (c) => all('Version', 'commitment_id', c.id);
  const processes = (name, list, args) => page(of(name), list, created, args, { descending: true });

  // The log.
  const events = (topic) => sorted(all('Event', 'topic', topic), ({ seq }) => [seq]);
  const eventCursor = (topic, seq) => `cursor:event:${topic}#${seq}`;
  const streamCursor = ({ id }) => eventCursor(id, events(id).length);
  const eventPage = (topic, after, first) => {
    if (first < 1 || first > 50) throw refuse('BAD_USER_INPUT', 'first');
    const isLog = topic.startsWith('moderationlog_') && nodeOf(topic.replace('moderationlog', 'process'), 'Process');
    if (!isLog && !nodeOf(topic, 'Process') && !nodeOf(topic, 'Commitment')) throw refuse('NOT_FOUND', 'topic');
    const log = events(topic);
    const [prefix, seq] = after?.split('#') ?? [`cursor:event:${topic}`, '0'];
    if (prefix !== `cursor:event:${topic}`) throw refuse('BAD_USER_INPUT', 'after');
    if (!(Number(seq) <= log.length)) { // of another history, or of the future
      const cursor = eventCursor(topic, log.length);
      return { nodes: [{ __typename: 'Reset', id: '«any»', nodeId: topic, cursor, createdAt: now }], endCursor: cursor, hasNextPage: false };
    }
    const rest = log.slice(Number(seq));
    return {
      nodes: rest.slice(0, first).map((e) => ({ ...e, __typename: e.type })),
      endCursor: eventCursor(topic, Number(seq) + Math.min(first, rest.length)),
      hasNextPage: rest.length > first,
    };
  };
  // Votes and corrections are no activity, and a comparison is not somebody's. What happens to a draft is not logged.
  const quiet = ['CommentEdited', 'VoteChanged', 'AmendmentMergeStateChanged'];
  const activeAt = once((c) => (c.status === 'DRAFT' ? c.active_at : events(c.id).filter(({ type }) => !quiet.includes(type)).at(-1).at));
  const told = (field) => (e) => e.data?.[field] ?? 0;
  const about = (type) => (e) => nodeOf(e.subject_id, type);
  // Who did what cannot be seen is not said.
  const isShown = (found) => found != null && (found.__typename !== 'Comment' || isReadable(found));
  const actor = (e) => (isShown(node(e.subject_id)) ? get(e.actor_id) : null);
  const event = { cursor: (e) => e.cursor ?? eventCursor(e.topic, e.seq), createdAt: (e) => e.at, nodeId: (e) => e.subject_id, actor };
  const counts = {
    // As they are now: those of then would tell the side of what is removed.
    alignmentCounts: (e) => (isShown(node(e.subject_id)) ? alignmentCounts(node(node(e.subject_id).subject_id)) : null),
    commentCount: told('commentCount'),
    subject: (e) => nodeOf(e.data.subject, 'Commitment') ?? nodeOf(e.data.subject, 'Amendment'),
  };
  // Which comment was edited or voted on is not said once it is removed.
  const namesIt = (e) => !['CommentEdited', 'VoteChanged'].includes(e.type) || isShown(node(e.subject_id));
  const commentEvent = {
    ...event, comment: (e) => (namesIt(e) ? about('Comment')(e) : null), nodeId: (e) => (namesIt(e) ? e.subject_id : e.data.subject),
    subjectId: (e) => e.data.subject,
  };
  const commitmentOf = (e) => nodeOf(e.topic, 'Commitment');
  const amendmentEvent = { ...event, amendment: about('Amendment') };
  const counted = { ...amendmentEvent, commitment: commitmentOf, amendmentCount: told('amendmentCount') };
  const supportEvent = {
    ...event, commitment: commitmentOf, supporter: (e) => stillThere(actor(e)), supportCount: told('supportCount'), earlierSupportCount: told('earlierSupportCount'),
  };
  const commitmentEvent = { ...event, commitment: (e) => nodeOf(e.data?.commitment ?? e.subject_id, 'Commitment') };

  // What the viewer may.
  const viewer = ({ viewer: id }) => get(id);
  const has = (context, process, ...roles) => {
    const user = viewer(context);
    if (!user) return false;
    const own = all('Role', 'user_id', user.id).filter((r) => r.process_id === process).map(({ name }) => name);
    return roles.some((role) => own.includes(role) || (role === 'ADMIN' && user.site_admin));
  };
  const steers = (context, process) => has(context, process, 'STEERING', 'ADMIN');
  const steered = (context) => tables.Process.filter((p) => steers(context, p.id));
  const memberships = (context) => (viewer(context) ? all('Membership', 'user_id', context.viewer) : []);
  const signsFor = (context) => memberships(context)
    .filter((m) => m.role !== 'MEMBER' && get(m.organization_id).verified_at != null).map((m) => m.organization_id);
  const isOwn = (row, context) => viewer(context) != null && row.author_id === context.viewer;
  const readsHidden = (m, context) => m.deleted_at == null &&
    (isOwn(m, context) || has(context, processOf(get(m.topic)).id, 'MODERATOR', 'ADMIN'));
  const mayComment = (subject, args, context) => viewer(context) != null && takesComments(subject);
  const ownSupports = (c, args, context) => (viewer(context)
    ? sorted(supports(c).filter((s) => s.user_id === context.viewer || signsFor(context).includes(s.organization_id)), (s) => [...created(s), s.id])
    : []);
  const nextStatuses = { OPEN: ['UNDER_REVIEW', 'ADOPTED'], UNDER_REVIEW: ['OPEN', 'ADOPTED'], ADOPTED: ['UNDER_REVIEW'] };
  const maySign = (a, context) => a.organization_id == null || signsFor(context).includes(a.organization_id);
  const underEvaluation = (a, context) => all('Amendment', 'author_id', context.viewer)
    .filter((other) => other.commitment_id === a.commitment_id && other.state === 'EVALUATING');
  const draftsOf = (context) => all('Amendment', 'author_id', context.viewer).filter((a) => a.state === 'DRAFT');

  const here = {
    page, of, created, node, viewer, has, face, thread, memberships, signsFor, isWithin, streamCursor, speaksOf,
    isReadable, isPublicAmendment, isPublicCommitment, isPublicProcess, isOwn, isLogged, nodeOf, event, about,
  };
  return together(attention(world, here), moderation(world, here), organizations(world, here), trust(world, here), {
    Query: {
      node: (_, { id }) => node(id),
      nodes: (_, { ids }) => {
        if (ids.length > 50) throw refuse('BAD_USER_INPUT', 'ids');
        return ids.map(node);
      },
      viewer: (_, args, context) => viewer(context),
      commitment: (_, { id, reference }) => {
        if ((id == null) === (reference == null)) throw refuse('BAD_USER_INPUT', 'id');
        return tables.Commitment.find((c) => isPublicCommitment(c) && (c.id === id || c.reference === reference)) ?? null;
      },
      events: (_, { topic, after, first }) => eventPage(topic, after, first),
      processes: (_, args) => processes('processes', tables.Process.filter(isPublicProcess), args),
      process: (_, { id, slug }) => {
        if ((id == null) === (slug == null)) throw refuse('BAD_USER_INPUT', 'id');
        return tables.Process.find((p) => isPublicProcess(p) && (p.id === id || p.slug === slug)) ?? null;
      },
      organization: (_, { id }) => (id.startsWith('organization_') ? node(id) : null),
      user: (_, { id, nickname }) => {
        if ((id == null) === (nickname == null)) throw refuse('BAD_USER_INPUT', 'id');
        if (nickname != null) return tables.User.find((u) => u.nickname === nickname.toLowerCase()) ?? null;
        return id.startsWith('user_') ? node(id) : null;
      },
      territories: (_, { filter, ...args }) => territories(tables.Territory.filter((t) =>
        (filter?.kind == null || t.kind === filter.kind) &&
        (filter?.within == null || (t.id !== filter.within && isWithin(t, filter.within))) && holds(t.name, filter?.text)), args, null, filter),
      territory: (_, { code, kind }) => {
        const found = tables.Territory.filter((t) => t.code === code && (kind == null || t.kind === kind));
        if (found.length > 1) throw refuse('BAD_USER_INPUT', 'kind');
        return found[0] ?? null;
      },
    },
    Process: {
      commitment: (p, { number }) => tables.Commitment.find((c) => isPublicCommitment(c) && c.process_id === p.id && c.number === number) ?? null,
      title: ownText('title'),
      description: ownText('description'),
      descriptionHtml: official(ownText('description')),
      phases: (p) => sorted(all('Phase', 'process_id', p.id), ({ position }) => [position]),
      axes: (p) => sorted(all('Axis', 'process_id', p.id), ({ position }) => [position]),
      isOpenForComments: (p) => allows(p, 'comments'),
      isOpenForSupports: (p) => allows(p, 'supports'),
      isOpenForAmendments: (p) => allows(p, 'amendment_submission'),
      commitmentCount: (p) => all('Commitment', 'process_id', p.id).filter(isPublicCommitment).length,
      commitments,
      streamCursor,
      viewerRoles: (p, args, context) => (viewer(context) ? all('Role', 'user_id', context.viewer) : [])
        .filter((r) => r.process_id === p.id).map(({ name }) => name).sort(),
      viewerCanUpdate: (p, args, context) => has(context, p.id, 'ADMIN'),
      viewerCanCreateCommitment: (p, args, context) => steers(context, p.id),
      viewerDraftCommitments: (p, args, context) => commitmentPage('draftCommitments', p,
        all('Commitment', 'process_id', p.id).filter((c) => c.status === 'DRAFT' && steers(context, p.id)), args),
    },
    Phase: {
      process: processOf,
      name: text('name'),
      description: text('description'),
      isOpen,
      allowsComments: (f) => f.comments ?? false,
      allowsSupports: (f) => f.supports ?? false,
      allowsAmendmentSubmission: (f) => f.amendment_submission ?? false,
      allowsAmendmentDecision: (f) => f.amendment_decision ?? false,
      allowsAmendmentPromotion: (f) => f.amendment_promotion ?? false,
    },
    Axis: { process: processOf, title: text('title'), description: text('description') },
    Commitment: {
      process: processOf,
      axis: (c) => get(c.axis_id),
      territories: (c) => sorted(named(c), (t) => [t.code, t.id]),
      title: (c, args, context) => text('title')(current(c), args, context),
      body: (c, args, context) => text('body')(current(c), args, context),
      bodyHtml: (c, args, context) => official(text('body'))(current(c), args, context),
      version: (c, { number }) => versions(c).find((v) => v.number === (number ?? current(c).number)) ?? null,
      versions: (c, { orderBy, ...args }) => {
        const { direction } = orderBy ?? { direction: 'DESC' };
        return page(of(`versions:NUMBER:${direction}`, c), versions(c), ({ number }) => [number], args, { descending: direction === 'DESC' });
      },
      promotedFrom: (c) => node(c.promoted_from_id),
      amendments,
      amendmentCount: (c) => submitted(c).length,
      comments,
      commentCount,
      alignmentCounts,
      supports: (c, { filter, ...args }) => page(of('supports', c, filter), supports(c).filter((s) =>
        (filter?.by == null || (filter.by === 'PERSON') === (s.user_id != null)) &&
        (filter?.isOnCurrentText == null || filter.isOnCurrentText === isOnCurrentText(s))), created, args, { descending: true }),
      supportCount,
      earlierSupportCount: (c) => supports(c).length - supportCount(c),
      isOpenForComments: takesComments,
      isOpenForSupports: (c) => takes(c, 'supports'),
      isOpenForAmendments: takesAmendments,
      activeAt,
      streamCursor,
      viewerCanComment: mayComment,
      viewerCanSupport: (c, args, context) => viewer(context) != null && takes(c, 'supports'),
      viewerCanAmend: (c, args, context) => viewer(context) != null && takesAmendments(c) && !draftsOf(context).some((a) => a.commitment_id === c.id),
      viewerCanRevise: (c, args, context) => steers(context, c.process_id) && (c.status === 'DRAFT' || isUnderConsultation(c)),
      viewerCanPublish: (c, args, context) => steers(context, c.process_id) && c.status === 'DRAFT',
      viewerCanWithdraw: (c, args, context) => steers(context, c.process_id) && isUnderConsultation(c),
      viewerNextStatuses: (c, args, context) => (steers(context, c.process_id) && nextStatuses[c.status]) || [],
      viewerHasSupported: (c, args, context) => supports(c).some((s) => viewer(context) && s.user_id === context.viewer),
      viewerSupports: ownSupports,
      viewerAmendmentDraft: (c, args, context) => draftsOf(context).find((a) => a.commitment_id === c.id) ?? null,
    },
    CommitmentConnection: {
      counts: ({ process, everywhere, filter }) => {
        if (!everywhere) return { byAxis: [], byTerritory: [], byStatus: [] }; // of drafts nothing public is counted
        const without = (condition) => everywhere.filter(matches({ ...filter, [condition]: null }));
        const anywhere = without('territories');
        const places = new Set(anywhere.flatMap(named).flatMap(territoryPath));
        return {
          byAxis: sorted(all('Axis', 'process_id', process.id), ({ position }) => [position])
            .map((axis) => ({ axis, count: without('axes').filter((c) => c.axis_id === axis.id).length })),
          byTerritory: sorted([...places].map(get), (t) => [t.code, t.id])
            .map((territory) => ({ territory, count: anywhere.filter((c) => named(c).some((t) => isWithin(t, territory.id))).length })),
          byStatus: ['OPEN', 'UNDER_REVIEW', 'ADOPTED', 'WITHDRAWN']
            .map((status) => ({ status, count: without('statuses').filter((c) => c.status === status).length })),
        };
      },
    },
    Version: {
      commitment: (v) => get(v.commitment_id),
      isCurrent: (v) => get(v.commitment_id).version_id === v.id,
      title: text('title'),
      body: text('body'),
      bodyHtml: official(text('body')),
      languages: ({ body }) => Object.keys(body).sort(),
      languagesBehind: ({ behind }) => behind ?? [],
      author: face,
      amendment: (v) => node(v.amendment_id),
      diff: (v, { since, language: asked }, { languages }) => {
        const other = versions(get(v.commitment_id)).find(({ number }) => number === (since ?? v.number - 1));
        if (!other && (since != null || v.number > 1)) return null;
        const tag = language(v.body, processOf(v).languages, asked, languages);
        return difference(tag, other?.title[tag] ?? '', other?.body[tag] ?? '', v.title[tag] ?? '', v.body[tag] ?? '');
      },
    },
    Amendment: {
      commitment: (a) => get(a.commitment_id),
      base: (a) => get(a.base_id),
      bodyHtml: (a) => world.official[a.body],
      rationaleHtml: (a) => world.remarks[a.rationale ?? ''],
      author: face,
      mergeState: (a) => a.merge_state ?? 'CLEAN',
      diff: (a) => difference(a.language, get(a.base_id).title[a.language] ?? '', get(a.base_id).body[a.language] ?? '', a.title, a.body),
      merge: (a) => ({ ...world.merges[a.id], version: current(get(a.commitment_id)) }),
      decision: (a) => (a.decided_at == null ? null
        : { decider: stillThere(get(a.decider_id)), reason: a.decision_reason ?? '', decidedAt: a.decided_at }),
      version: (a) => (a.state === 'ACCEPTED' ? all('Version', 'amendment_id', a.id)[0] : null),
      promotedTo: (a) => all('Commitment', 'promoted_from_id', a.id).find(isPublicCommitment) ?? null,
      comments,
      commentCount,
      alignmentCounts,
      isOpenForComments: takesComments,
      viewerCanEdit: (a, args, context) => isOwn(a, context) && a.state === 'DRAFT' && // not while a moderator reads it
        (a.held_at == null || all('ModerationCase', 'item_id', a.id).some(({ state }) => state !== 'HELD')),
      viewerCanSubmit: (a, args, context) => isOwn(a, context) && a.state === 'DRAFT' && a.held_at == null && takesAmendments(get(a.commitment_id)) &&
        maySign(a, context) && underEvaluation(a, context).length < processOf(get(a.commitment_id)).evaluating_limit,
      viewerCanWithdraw: (a, args, context) => isOwn(a, context) && a.state === 'EVALUATING' && a.hidden_at == null,
      viewerCanDecide: (a, args, context) => steers(context, processOf(a).id) && a.state === 'EVALUATING' && a.hidden_at == null &&
        takes(get(a.commitment_id), 'amendment_decision'),
      viewerCanPromote: (a, args, context) => isOwn(a, context) && a.state === 'REJECTED' && a.hidden_at == null &&
        all('Commitment', 'promoted_from_id', a.id).length === 0 && maySign(a, context) && allows(processOf(a), 'amendment_promotion'),
      viewerCanComment: mayComment,
    },
    AmendmentConnection: {
      counts: ({ anyState }) => (anyState ? ['EVALUATING', 'ACCEPTED', 'REJECTED', 'WITHDRAWN'] : [])
        .map((state) => ({ state, count: anyState.filter((a) => a.state === state).length })),
    },
    Comment: {
      subject: (m) => get(m.subject_id),
      parent: (m) => get(m.parent_id),
      path,
      body: (m) => (isReadable(m) ? m.body : null),
      language: (m) => (isReadable(m) ? m.language : null),
      alignment: (m) => (isReadable(m) ? m.alignment : null),
      editedAt: (m) => (isReadable(m) ? m.edited_at : null),
      bodyHtml: (m) => (isReadable(m) ? world.remarks[m.body] : null),
      author: (m) => (isReadable(m) ? face(m) : null),
      mentions: (m) => (isReadable(m) ? [...new Set(m.body.match(/(?<![\w@.])@[\w-]+/g))] : [])
        .map((mention) => tables.User.find(({ nickname }) => nickname === mention.slice(1).toLowerCase())).filter(Boolean),
      upCount,
      downCount,
      replyCount: (m) => replies(m).filter(isReadable).length,
      descendantCount,
      replies: (m, args) => page(of('comments:OLDEST', m), replies(m).filter(isVisible), created, args),
      acceptsReplies,
      edits: (m, args) => page(of('edits', m), isReadable(m) ? all('CommentEdit', 'comment_id', m.id) : [], created, args, { descending: true }),
      removal: (m) => (m.deleted_at != null ? 'DELETED' : m.held_at != null ? 'HELD' : m.hidden_at != null ? 'HIDDEN' : null),
      viewerBody: (m, args, context) => (readsHidden(m, context) ? m.body : null),
      viewerLanguage: (m, args, context) => (readsHidden(m, context) ? m.language : null),
      viewerAlignment: (m, args, context) => (readsHidden(m, context) ? m.alignment : null),
      viewerEditedAt: (m, args, context) => (readsHidden(m, context) ? m.edited_at : null),
      viewerVote: (m, args, context) => {
        const value = all('CommentVote', 'comment_id', m.id).find(({ user_id }) => user_id === context.viewer)?.value;
        return value == null ? null : value > 0 ? 'UP' : 'DOWN';
      },
      viewerCanEdit: (m, args, context) => isOwn(m, context) && isReadable(m) && takesComments(get(m.subject_id)),
      viewerCanDelete: (m, args, context) => isOwn(m, context) && m.deleted_at == null,
      viewerCanReply: (m, args, context) => acceptsReplies(m) && mayComment(get(m.subject_id), args, context),
      viewerCanVote: (m, args, context) => mayComment(get(m.subject_id), args, context) && isReadable(m) && !isOwn(m, context),
    },
    CommentEdit: { bodyHtml: ({ body }) => world.remarks[body], replacedAt: ({ created_at }) => created_at },
    Support: {
      commitment: (s) => get(s.commitment_id),
      supporter: face,
      version: (s) => get(s.version_id),
      isOnCurrentText,
    },
    SupportConnection: {
      counts: ({ list }) => ({
        people: list.filter(({ user_id }) => user_id != null).length,
        organizations: list.filter(({ organization_id }) => organization_id != null).length,
        onCurrentText: list.filter(isOnCurrentText).length,
        onEarlierTexts: list.filter((s) => !isOnCurrentText(s)).length,
      }),
    },
    Territory: {
      parent: (t) => get(t.parent_id),
      ancestors: (t) => territoryPath(get(t.parent_id)).reverse().map(get),
      children: (t, args) => territories(all('Territory', 'parent_id', t.id), args, t),
    },
    User: {
      name: (u, args, { languages }) => (u.erased_at == null ? u.name : { en: 'Deleted account', fr: 'Compte supprimé' }[speaksOf(languages)]),
      isErased: ({ erased_at }) => erased_at != null,
    },
    Viewer: {
      user: (u) => u,
      isSiteAdmin: (u) => u.site_admin ?? false,
      roles: (u) => sorted(all('Role', 'user_id', u.id), (r) => [...created(r), r.id]),
      memberships: (u) => sorted(all('Membership', 'user_id', u.id), (m) => [...created(m), m.id]),
      amendmentDrafts: (u, args, context) => page(of('amendmentDrafts'), draftsOf(context), created, args, { descending: true }),
      draftProcesses: (u, args, context) => processes('draftProcesses', steered(context).filter((p) => !isPublicProcess(p)), args),
      canCreateProcess: (u) => u.site_admin ?? false,
      isConfirmed: () => true, // the site sends no mail
      sessions: (u, args) => page(of('sessions'), all('Session', 'user_id', u.id), created, args, { descending: true }),
      accessTokens: (u, args) => page(of('accessTokens'), all('AccessToken', 'user_id', u.id), created, args, { descending: true }),
    },
    Session: {
      lastUsedAt: (s) => s.used_at ?? s.created_at,
      device: (s) => s.device || null,
      isCurrent: () => true, // nobody has two
    },
    AccessToken: {
      lastUsedAt: (t) => t.used_at ?? null,
      scopes: (t) => t.scopes.split(',').map((scope) => scope.toUpperCase()),
    },
    EventPage: {},
    CommentPosted: { ...commentEvent, ...counts },
    CommentEdited: commentEvent,
    CommentRemoved: { ...commentEvent, ...counts },
    CommentRestored: { ...commentEvent, ...counts },
    VoteChanged: { ...commentEvent, upCount: told('upCount'), downCount: told('downCount') },
    AmendmentSubmitted: counted,
    AmendmentAccepted: amendmentEvent,
    AmendmentRejected: amendmentEvent,
    AmendmentWithdrawn: amendmentEvent,
    AmendmentPromoted: { ...amendmentEvent, ...commitmentEvent },
    AmendmentMergeStateChanged: { ...amendmentEvent, mergeState: ({ data }) => data.mergeState },
    AmendmentHidden: counted,
    AmendmentRestored: counted,
    VersionPublished: {
      ...event, commitment: commitmentOf, version: about('Version'), number: told('number'), supportCount: told('supportCount'), earlierSupportCount: told('earlierSupportCount'),
    },
    SupportAdded: supportEvent,
    SupportConfirmed: supportEvent,
    SupportRemoved: supportEvent,
    CommitmentStatusChanged: { ...commitmentEvent, status: ({ data }) => data.status },
    CommitmentMoved: commitmentEvent,
    CommitmentPublished: commitmentEvent,
    CommitmentWithdrawn: commitmentEvent,
    ProcessPublished: { ...event, process: about('Process') },
    ProcessUpdated: { ...event, process: about('Process') },
    PhaseOpened: { ...event, phase: about('Phase') },
    PhaseClosed: { ...event, phase: about('Phase') },
    Reset: { cursor: ({ cursor }) => cursor },
  });
}

/** Puts the fields of each type together. */
function together(...parts) {
  const fields = {};
  for (const part of parts) {
    for (const [type, byName] of Object.entries(part)) fields[type] = { ...fields[type], ...byName };
  }
  return fields;
}
