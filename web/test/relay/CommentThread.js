// The thread of a commitment or an amendment, through the interface: forward pages, a post, a deletion, live events.

graphql`
  query CommentThreadQuery($subject: ID!) {
    node(id: $subject) {
      ...CommentThread_subject @alias(as: "subject")
    }
  }
`;

graphql`
  fragment CommentThread_subject on CommentSubject
  @refetchable(queryName: "CommentThreadPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "Cursor" }) {
    id
    commentCount
    viewerCanComment
    comments(first: $count, after: $cursor, orderBy: NEWEST) @connection(key: "CommentThread_comments") {
      edges { cursor node { id ...CommentThread_comment } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

graphql`
  fragment CommentThread_comment on Comment {
    bodyHtml
    depth
    parent { id }
    author { __typename id name }
    upCount
    downCount
    viewerVote
  }
`;

graphql`
  mutation CommentThreadPostMutation($input: PostCommentInput!, $connections: [ID!]!) {
    postComment(input: $input) {
      comment @prependNode(connections: $connections, edgeTypeName: "CommentEdge") {
        id
        ...CommentThread_comment
      }
    }
  }
`;

graphql`
  subscription CommentThreadSubscription($subject: ID!, $after: EventCursor, $connections: [ID!]!) {
    commentEvents(subject: $subject, after: $after) {
      __typename
      cursor
      ... on CommentPosted {
        comment @prependNode(connections: $connections, edgeTypeName: "CommentEdge") { id ...CommentThread_comment }
      }
      ... on CommentEdited { comment { id ...CommentThread_comment } }
      ... on CommentRemoved { nodeId @deleteRecord }
      ... on VoteChanged { comment { id upCount downCount } }
    }
  }
`;
