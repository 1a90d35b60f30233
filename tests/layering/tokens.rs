//! Just enough of Rust's and TypeScript's lexical structure to tell code from comments and strings.

/// Which language is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    TypeScript,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word(String),
    /// A number as it is written.
    Number(String),
    /// The content of a string, escapes as they are written.
    Text(String),
    /// Any other character.
    Sign(char),
}

/// A token and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

impl Token {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found == word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

struct Lexer<'a> {
    language: Language,
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    /// Up to where the line ends were counted, and how many there were.
    counted: (usize, usize),
    /// Open braces of template placeholders: how many braces were open when each began.
    templates: Vec<usize>,
    braces: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, from: usize, kind: Kind) {
        let (counted, lines) = self.counted;
        let lines = lines + self.text[counted..from].matches('\n').count();
        self.counted = (from, lines);
        self.tokens.push(Token { line: lines + 1, kind });
    }

    fn skip_to(&mut self, end: &str) {
        self.at += self.rest().find(end).map_or(self.rest().len(), |at| at + end.len());
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        loop {
            if self.rest().starts_with("/*") && (depth == 0 || self.language == Language::Rust) {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                match self.rest().chars().next() {
                    Some(c) => self.at += c.len_utf8(),
                    None => return,
                }
            }
        }
    }

    /// Reads up to an unescaped `end`, which is consumed.
    fn quoted(&mut self, end: char) {
        let from = self.at;
        let mut escaped = false;
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            if !escaped && c == end {
                break;
            }
            escaped = !escaped && c == '\\';
        }
        let content = self.text[from..self.at].trim_end_matches(end).to_owned();
        self.push(from, Kind::Text(content));
    }

    /// Reads a template up to its end or its next placeholder.
    fn template(&mut self) {
        let from = self.at;
        let mut escaped = false;
        while let Some(c) = self.rest().chars().next() {
            if !escaped && self.rest().starts_with("${") {
                let content = self.text[from..self.at].to_owned();
                self.push(from, Kind::Text(content));
                self.at += 2;
                self.templates.push(self.braces);
                self.braces += 1;
                return;
            }
            self.at += c.len_utf8();
            if !escaped && c == '`' {
                break;
            }
            escaped = !escaped && c == '\\';
        }
        let content = self.text[from..self.at].trim_end_matches('`').to_owned();
        self.push(from, Kind::Text(content));
    }

    /// Whether a slash here begins a regular expression rather than dividing.
    fn expects_value(&self) -> bool {
        match self.tokens.last().map(|token| &token.kind) {
            None => true,
            Some(Kind::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Kind::Word(word)) => matches!(word.as_str(), "return" | "case" | "typeof" | "in" | "of"),
            Some(Kind::Number(_) | Kind::Text(_)) => false,
        }
    }

    fn regular_expression(&mut self) {
        let from = self.at;
        let (mut escaped, mut class) = (false, false);
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            match c {
                '/' if !escaped && !class => break,
                '[' if !escaped => class = true,
                ']' if !escaped => class = false,
                _ => {}
            }
            escaped = !escaped && c == '\\';
        }
        let content = self.text[from..self.at].to_owned();
        self.push(from, Kind::Text(content));
    }

    /// A raw string of Rust, if one is here.
    fn raw_string(&mut self) -> bool {
        let after = self.rest().trim_start_matches('b');
        let Some(fenced) = after.strip_prefix('r') else {
            return false;
        };
        let fence: String = fenced.chars().take_while(|&c| c == '#').collect();
        if !fenced[fence.len()..].starts_with('"') {
            return false;
        }
        self.at += self.rest().find('"').map_or(0, |at| at + 1);
        let from = self.at;
        let end = format!("\"{fence}");
        self.skip_to(&end);
        let content = self.text[from..self.at].trim_end_matches(end.as_str()).to_owned();
        self.push(from, Kind::Text(content));
        true
    }

    /// A character literal or a lifetime of Rust.
    fn tick(&mut self) {
        let mut ahead = self.rest().chars().skip(1);
        let literal = match (ahead.next(), ahead.next()) {
            (Some('\\'), _) => true,
            (_, next) => next == Some('\''),
        };
        self.at += 1;
        if literal {
            self.quoted('\'');
        }
    }

    fn step(&mut self, c: char) {
        let from = self.at;
        let rest = self.rest();
        let rust = self.language == Language::Rust;
        if c.is_whitespace() {
            self.at += c.len_utf8();
        } else if rest.starts_with("//") {
            self.skip_to("\n");
        } else if rest.starts_with("/*") {
            self.skip_block_comment();
        } else if rust && matches!(c, 'r' | 'b') && self.raw_string() {
        } else if c == '"' || c == '\'' && !rust {
            self.at += 1;
            self.quoted(c);
        } else if c == '\'' {
            self.tick();
        } else if c == '`' && !rust {
            self.at += 1;
            self.template();
        } else if c == '/' && !rust && self.expects_value() {
            self.at += 1;
            self.regular_expression();
        } else if is_word(c) {
            let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = rest[..len].to_owned();
            self.at += len;
            self.push(from, if c.is_ascii_digit() { Kind::Number(word) } else { Kind::Word(word) });
        } else {
            self.at += c.len_utf8();
            match c {
                '{' => self.braces += 1,
                '}' => self.braces = self.braces.saturating_sub(1),
                _ => {}
            }
            if c == '}' && self.templates.last() == Some(&self.braces) {
                self.templates.pop();
                self.template();
            } else {
                self.push(from, Kind::Sign(c));
            }
        }
    }
}

/// The tokens of a file, without those of Rust modules that exist for tests only.
pub(crate) fn tokens(text: &str, language: Language) -> Vec<Token> {
    let mut lexer = Lexer {
        language,
        text,
        at: 0,
        tokens: Vec::new(),
        counted: (0, 0),
        templates: Vec::new(),
        braces: 0,
    };
    while let Some(c) = lexer.rest().chars().next() {
        lexer.step(c);
    }
    match language {
        Language::Rust => without_tests(lexer.tokens),
        Language::TypeScript => lexer.tokens,
    }
}

/// Leaves out every `#[cfg(… test …)] mod … { … }`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = &tokens[..];
    while let Some(token) = rest.first() {
        let attribute = attribute_length(rest);
        let for_tests = rest[..attribute].iter().any(|token| token.is_word("cfg"))
            && rest[..attribute].iter().any(|token| token.is_word("test"))
            && rest.get(attribute).is_some_and(|token| token.is_word("mod"));
        if for_tests {
            let body = rest.iter().position(|token| token.is_sign('{') || token.is_sign(';'));
            let start = body.expect("a module has a body");
            rest = &rest[start + group_length(&rest[start..], '{', '}').max(1)..];
        } else {
            kept.push(token.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// How many tokens the attribute at the start takes, 0 where there is none.
fn attribute_length(tokens: &[Token]) -> usize {
    match tokens {
        [hash, rest @ ..] if hash.is_sign('#') => match group_length(rest, '[', ']') {
            0 => 0,
            len => 1 + len,
        },
        _ => 0,
    }
}

/// How many tokens the bracketed group at the start takes, 0 where there is none.
fn group_length(tokens: &[Token], open: char, close: char) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_sign(open) {
            depth += 1;
        } else if token.is_sign(close) {
            depth -= 1;
        }
        if depth == 0 {
            return if index == 0 { 0 } else { index + 1 };
        }
    }
    tokens.len()
}

/// The places at which `pattern` stands, a space between two tokens: names and signs as they are, `""` for any string.
pub(crate) fn places(tokens: &[Token], pattern: &str) -> Vec<usize> {
    let pattern: Vec<&str> = pattern.split(' ').collect();
    let fits = |token: &Token, wanted: &str| match &token.kind {
        Kind::Word(word) => word == wanted,
        Kind::Number(number) => number == wanted,
        Kind::Sign(sign) => wanted.chars().eq([*sign]),
        Kind::Text(_) => wanted == "\"\"",
    };
    (0..tokens.len())
        .filter(|&at| {
            tokens.len() - at >= pattern.len()
                && pattern.iter().zip(&tokens[at..]).all(|(wanted, token)| fits(token, wanted))
        })
        .collect()
}

#[test]
fn code_is_told_from_comments_and_strings() {
    let words = |text: &str, language| {
        tokens(text, language)
            .into_iter()
            .filter_map(|token| match token.kind {
                Kind::Word(word) => Some(word),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let rust = r###"
        fn a<'x>() { let c = ('"', '\'', 'b'); /* no /* nested */ no */ d("no \" no", r#"no " no"#, b"no"); } // no
        #[cfg(all(test, unix))]
        mod tests { fn no() { if true { no } } }
        #[cfg(feature = "x")]
        mod e { fn f() {} }
    "###;
    assert_eq!(words(rust, Language::Rust).join(" "), "fn a x let c d b cfg feature mod e fn f");
    let typescript = r#"
        const a = `no ${b(`no ${c}`)} no` + 'no' + "no"; // no
        const d = /no "[/] no/.test(e) ? f / 2 / g : h; /* no */
    "#;
    assert_eq!(words(typescript, Language::TypeScript).join(" "), "const a b c const d test e f g h");
    let found = tokens("import { a } from \"b\";\nawait c;", Language::TypeScript);
    assert_eq!(places(&found, "from \"\"").len(), 1);
    assert_eq!(found[places(&found, "await c")[0]].line, 2);
}
