package main

// The page as a reader sees it. The texts are as they were written: one SQL statement can then give the whole answer.
const pageQuery = `query Page($reference: String!) {
  commitment(reference: $reference) {
    id number title body streamCursor
    version { number author { name } }
    versions(first: 10) { totalCount nodes { number createdAt author { name } } }
    amendments(first: 10) { totalCount nodes { id state mergeState author { name } } }
    comments(first: 20, orderBy: OLDEST) {
      totalCount
      nodes { id body depth parent { id } replyCount alignment createdAt author { name } }
      pageInfo { hasNextPage endCursor }
    }
    supports(first: 20) { totalCount nodes { supporter { name } } }
  }
}`

// The page as clients are promised it (ensemble demo prints it), word for word: it asks for HTML, which is made from
// Markdown for each answer.
const htmlPageQuery = `query HtmlPage($reference: String!) {
  commitment(reference: $reference) {
    id number title bodyHtml version { number author { name } } versions { totalCount } streamCursor
    amendments(first: 10) { totalCount nodes { id state mergeState author { name } } }
    comments(first: 20, orderBy: OLDEST) {
      totalCount
      nodes { id body bodyHtml depth parent { id } replyCount alignment createdAt author { name } }
      pageInfo { hasNextPage endCursor }
    }
    supports(first: 5) { totalCount nodes { supporter { name } } }
  }
}`

// The write, as clients are promised it.
const commentMutation = `mutation Post($subject: ID!, $body: String!) {
  postComment(input: {subject: $subject, body: $body, alignment: FOR}) { comment { id body createdAt author { name } } }
}`

// A page of results, whose texts are in French: the raw server looks into no other language.
const searchQuery = `query Search($query: String!) {
  search(query: $query, first: 20) {
    totalCount
    nodes { itemId language title { text isMatch } excerpt { text isMatch } }
    pageInfo { hasNextPage }
  }
}`
