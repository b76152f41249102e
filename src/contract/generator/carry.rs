//! Carries schemas from the swagger file into the webhook's document: each under a name among its components, with
//! every reference turned to where its target now stands.

use std::collections::{HashMap, HashSet, VecDeque};

use super::document::{At, Document, Error, escape};
use super::names;
use super::text::{self, quote};
use crate::json::{Member, Node, Value};

const COMPONENTS: &str = "/components/schemas/";

/// The schemas that were asked for, and those they refer to.
pub(crate) struct Carrier<'d> {
    source: &'d Document,
    /// Names in the new document by pointers in the source.
    named: HashMap<String, String>,
    taken: Vec<String>,
    /// Pointers of what was written or is about to be.
    carried: HashSet<String>,
    /// Carried, but not yet written.
    open: VecDeque<(String, At<'d>)>,
}

impl<'d> Carrier<'d> {
    /// Nothing yet; the components' own names are kept for them.
    pub(crate) fn new(source: &'d Document) -> Carrier<'d> {
        let components = source.find(COMPONENTS.trim_end_matches('/')).and_then(|at| at.members().ok());
        let taken = components.unwrap_or_default().into_iter().map(|(name, _)| name.to_owned()).collect();
        Carrier { source, named: HashMap::new(), taken, carried: HashSet::new(), open: VecDeque::new() }
    }

    /// A name that no schema has: this one, or with a number.
    pub(crate) fn reserve(&mut self, name: &str) -> String {
        names::unique(name.to_owned(), &mut self.taken)
    }

    /// Carries the schema at `at` under this very name. A component that is in the way gets another.
    pub(crate) fn carry(&mut self, at: &At<'d>, name: &str) -> Result<(), Error> {
        let component = format!("{COMPONENTS}{}", escape(name));
        let target = at.follow()?;
        let at = if target.pointer == component { target } else { at.clone() };
        if at.pointer != component && self.source.find(&component).is_some() {
            let other = self.reserve(name);
            self.named.insert(component, other);
        }
        self.taken.push(name.to_owned());
        self.named.insert(at.pointer.clone(), name.to_owned());
        self.carried.insert(at.pointer.clone());
        self.open.push_back((name.to_owned(), at));
        Ok(())
    }

    /// The members of `components.schemas`, for what was carried and all that it refers to.
    pub(crate) fn write(&mut self) -> Result<Vec<String>, Error> {
        let mut members = Vec::new();
        while let Some((name, at)) = self.open.pop_front() {
            members.push(format!("{}:{}", quote(&name), text::compact(&self.schema(at.node)?)));
        }
        Ok(members)
    }

    /// A schema, or what holds schemas, with its references turned. A property may be called like a keyword, and
    /// examples and extensions hold anything.
    pub(crate) fn schema(&mut self, node: &Node) -> Result<Node, Error> {
        let value = match &node.value {
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.schema(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members: Result<Vec<Member>, Error> =
                    members.iter().map(|member| self.member(member)).collect();
                Value::Object(members?)
            }
            scalar => scalar.clone(),
        };
        Ok(Node { value, start: node.start, end: node.end })
    }

    fn member(&mut self, member: &Member) -> Result<Member, Error> {
        let mut member = member.clone();
        match (&*member.name, &mut member.node.value) {
            ("$ref", Value::String(reference)) => *reference = self.reference(reference)?,
            ("properties", Value::Object(properties)) => {
                for property in properties {
                    property.node = self.schema(&property.node)?;
                }
            }
            ("example" | "examples" | "default" | "enum", _) => {}
            (name, _) if name.starts_with("x-") => {}
            _ => member.node = self.schema(&member.node)?,
        }
        Ok(member)
    }

    /// Where the target of a reference stands in the new document.
    fn reference(&mut self, reference: &str) -> Result<String, Error> {
        let Some(at) = reference.strip_prefix('#').and_then(|fragment| self.source.resolve(fragment)) else {
            return Err(self.source.root().error(
                format!("a callback refers to `{reference}`, which names nothing"),
                "correct the reference",
            ));
        };
        let name = match self.named.get(&at.pointer) {
            Some(name) => name.clone(),
            None => {
                let inner = at.pointer.strip_prefix(COMPONENTS);
                let is_component = inner.is_some_and(|rest| !rest.contains('/'));
                let name = at.name();
                let name = if is_component { name } else { self.reserve(&names::type_name(&name)) };
                self.named.insert(at.pointer.clone(), name.clone());
                name
            }
        };
        if self.carried.insert(at.pointer.clone()) {
            self.open.push_back((name.clone(), at));
        }
        Ok(format!("#{COMPONENTS}{}", escape(&name)))
    }
}
