// The operations the explorer opens with. The home page shows some of them, and the tests run them all.

/**
 * What the examples talk about.
 * @typedef {object} Sample
 * @property {string} slug The process.
 * @property {string} process Its id.
 * @property {{id: string, number: number, streamCursor: string | null}} discussed A commitment with comments.
 * @property {{number: number}} rewritten A commitment with more than one version.
 * @property {{email: string, password: string}} account Who signs in.
 */

/** The process that `ensemble demo` fills; its ids depend on when that was done. */
const slug = 'engagements-2023-2027';

/** @type {Sample} What stands in the examples when the server cannot be asked. */
export const placeholder = {
  slug,
  process: '…',
  discussed: { id: '…', number: 3, streamCursor: null },
  rewritten: { number: 6 },
  account: { email: 'you@example.org', password: '…' },
};

/** Asks a server for its sample: the newest process and its open commitments, the most discussed first. */
export const sampleQuery = /* GraphQL */ `query Sample {
  processes(first: 1) {
    nodes {
      id
      slug
      commitments(first: 50, filter: { statuses: [OPEN] }, orderBy: { field: COMMENTS }) {
        nodes { id number streamCursor version { number } }
      }
    }
  }
}`;

/**
 * Picks the sample from the answer to `sampleQuery`; what is not there stays a placeholder.
 * @param {any} data
 * @param {Sample['account']} account Who signs in.
 * @returns {Sample}
 */
export function sampleFrom(data, account = placeholder.account) {
  const process = data?.processes?.nodes[0];
  const commitments = process?.commitments.nodes ?? [];
  const byVersion = commitments.toSorted(
    (/** @type {any} */ a, /** @type {any} */ b) => b.version.number - a.version.number,
  );
  return {
    slug: process?.slug ?? placeholder.slug,
    process: process?.id ?? placeholder.process,
    discussed: commitments[0] ?? placeholder.discussed,
    rewritten: byVersion[0] ?? placeholder.rewritten,
    account,
  };
}

/**
 * The examples by name, in the order of the explorer's tabs. The first has no variables: GraphiQL forgets those of its first tab.
 * @param {Sample} sample
 * @returns {Record<string, {query: string, variables?: Record<string, unknown>}>}
 */
export const examples = (sample) => ({
  Process: {
    query: /* GraphQL */ `# A process, its commitments, counts to filter them by.
# Un processus, ses engagements, des décomptes.
query Process {
  process(slug: "${sample.slug}") {
    id
    title
    streamCursor
    phases { name opensAt closesAt isOpen }
    axes { id title }
    commitments(first: 20) {
      totalCount
      counts {
        byAxis { axis { title } count }
        byTerritory { territory { name } count }
        byStatus { status count }
      }
      nodes {
        id number reference title
        supportCount commentCount
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`,
  },
  Search: {
    query: /* GraphQL */ `# Words, "phrases", -without; the last word may be unfinished.
# Des mots, des « expressions », -sans ; le dernier mot peut être inachevé.
query Search($query: String!) {
  search(query: $query, first: 10) {
    totalCount
    counts { kind count }
    nodes {
      itemId
      language
      title { text isMatch }
      excerpt { text isMatch }
      item {
        __typename
        ... on Commitment { reference }
        ... on Comment { createdAt }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: { query: 'médiation numér' },
  },
  Commitment: {
    query: /* GraphQL */ `# One commitment, as a page would show it.
# Un engagement, comme une page le montrerait.
query Commitment($process: String!, $number: Int!) {
  process(slug: $process) {
    commitment(number: $number) {
      id
      number
      title
      bodyHtml
      streamCursor
      version { number author { name } }
      versions(first: 10) {
        totalCount
        nodes { number createdAt source author { name } }
      }
      amendments(first: 10) {
        totalCount
        nodes { id title state mergeState author { name } }
      }
      comments(first: 20, orderBy: OLDEST) {
        totalCount
        nodes {
          id bodyHtml alignment createdAt author { name }
          parent { id } depth replyCount
        }
        pageInfo { hasNextPage endCursor }
      }
      supports(first: 5) {
        totalCount
        nodes { supporter { name } isOnCurrentText }
      }
    }
  }
}
`,
    variables: { process: sample.slug, number: sample.discussed.number },
  },
  SignIn: {
    query: /* GraphQL */ `# Sign in: a cookie signs what you send from here.
# Se connecter : un cookie signe la suite, ici.
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    token
    expiresAt
    viewer { user { id name } }
  }
}
`,
    variables: { input: sample.account },
  },
  PostComment: {
    query: /* GraphQL */ `# Post a comment, once signed in; then open Watch.
# Commenter, une fois connecté ; puis ouvrir Watch.
mutation PostComment($input: PostCommentInput!) {
  postComment(input: $input) {
    comment { id body createdAt author { name } }
  }
}
`,
    variables: {
      input: { subject: sample.discussed.id, body: 'Hello from the explorer / Bonjour', alignment: 'FOR' },
    },
  },
  Watch: {
    query: /* GraphQL */ `# Watch a commitment: since the cursor, then live.
# Suivre : depuis le curseur, puis en direct.
subscription Watch($commitment: ID!, $after: EventCursor) {
  commitmentEvents(commitment: $commitment, after: $after) {
    __typename
    cursor
    createdAt
    actor { name }
    ... on CommentPosted {
      commentCount
      comment { id body createdAt author { name } }
    }
    ... on AmendmentSubmitted {
      amendment { id title author { name } }
    }
    ... on VersionPublished { number supportCount }
    ... on SupportAdded { supportCount }
  }
}
`,
    variables: { commitment: sample.discussed.id, after: sample.discussed.streamCursor },
  },
  Pulse: {
    query: /* GraphQL */ `# The numbers of a process as they move.
# Les chiffres d’un processus, en direct.
subscription Pulse($process: ID!) {
  processPulse(process: $process) {
    measuredAt
    watcherCount
    commentCount
    alignmentCounts { for against neutral }
    commentsByTerritory { territory { name } commentCount }
    commentsByOrganizationKind { kind commentCount }
    personSupportCount
    organizationSupportCount
    amendmentsByState { state count }
  }
}
`,
    variables: { process: sample.process },
  },
  Diff: {
    query: /* GraphQL */ `# What changed since version 1, word by word.
# Ce qui a changé depuis la version 1, mot à mot.
query Diff($process: String!, $number: Int!, $since: Int) {
  process(slug: $process) {
    commitment(number: $number) {
      version {
        number
        author { name }
        diff(since: $since) {
          title { kind spans { kind text } }
          body { kind spans { kind text } }
        }
      }
    }
  }
}
`,
    variables: { process: sample.slug, number: sample.rewritten.number, since: 1 },
  },
});
