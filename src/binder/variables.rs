//! Variables: of the session, and of the blocks of a script that is running. They come after everything else a name could
//! mean, and stand for values, not for columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use crate::error::{Error, INVALID_TEMP_OBJ_REFERENCE, Result};
use crate::functions::Typed;
use crate::sql::ast::{Identifier, ObjectName};
use crate::types::{DataType, quote};

use super::{Names, Relation};

/// All variables in sight.
#[derive(Debug, Clone)]
pub struct Variables {
    /// The session's first, the innermost block's last.
    frames: Vec<Frame>,
    /// What is being made, if it may not refer to variables because it outlives them: `` `f` of the type FUNCTION``.
    kept_out_of: Option<String>,
}

/// The variables of the session, or of one block.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub label: Option<String>,
    pub variables: BTreeMap<String, Variable>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// As it was declared.
    pub name: String,
    pub data_type: DataType,
    pub value: ScalarValue,
    /// The value as a literal.
    pub literal: String,
    /// The text of its DEFAULT.
    pub default: String,
}

/// A variable that a name was found to mean.
#[derive(Debug)]
pub struct FoundVariable<'v, 'p> {
    pub variable: &'v Variable,
    /// With dots between: `system.session.a`.
    pub path: String,
    /// The last parts of the name: fields to take, one inside the other.
    pub fields: &'p [Identifier],
    /// Where it lives.
    pub frame: usize,
}

impl Default for Variables {
    fn default() -> Self {
        Self { frames: vec![Frame::default()], kept_out_of: None }
    }
}

impl Variables {
    /// What `parts` mean: the innermost block's variable comes first, the session's last; a block's label or
    /// `system.session` may stand before the name.
    pub fn find<'p>(&self, parts: &'p [Identifier]) -> Option<FoundVariable<'_, 'p>> {
        let inner = self.frames.iter().enumerate().skip(1).rev();
        for (frame, block) in inner {
            let label = block.label.as_deref();
            let found = |parts: &'p [Identifier]| {
                let (name, fields) = parts.split_first()?;
                let variable = block.variables.get(&name.value.to_lowercase())?;
                let path = format!("{}{}", label.map(|label| format!("{label}.")).unwrap_or_default(), variable.name);
                Some(FoundVariable { variable, path, fields, frame })
            };
            let labelled = match (parts.split_first(), label) {
                (Some((first, rest)), Some(label)) if first.is(label) => found(rest),
                _ => None,
            };
            if let Some(variable) = labelled.or_else(|| found(parts)) {
                return Some(variable);
            }
        }
        let session = |parts: &'p [Identifier]| {
            let (name, fields) = parts.split_first()?;
            let variable = self.frames.first()?.variables.get(&name.value.to_lowercase())?;
            let path = format!("system.session.{}", variable.name);
            Some(FoundVariable { variable, path, fields, frame: 0 })
        };
        let qualified = match parts {
            [catalog, schema, rest @ ..] if catalog.is("system") && schema.is("session") => session(rest),
            [schema, rest @ ..] if schema.is("session") => session(rest),
            _ => None,
        };
        qualified.or_else(|| session(parts))
    }

    /// The variable that a statement acts on: the whole name is the variable's, without fields.
    pub fn target<'p>(&self, name: &'p ObjectName) -> Option<FoundVariable<'_, 'p>> {
        self.find(&name.parts).filter(|found| found.fields.is_empty())
    }

    pub fn is_empty(&self) -> bool {
        self.frames.iter().all(|frame| frame.variables.is_empty())
    }

    /// The session's variables, and those of blocks.
    pub fn frames(&mut self) -> &mut Vec<Frame> {
        &mut self.frames
    }

    /// Takes the variables of blocks away, to be put back.
    pub fn hide_blocks(&mut self) -> Vec<Frame> {
        self.frames.split_off(1)
    }

    /// Sets a variable that [`Variables::target`] has found.
    pub fn set(&mut self, frame: usize, name: &str, value: ScalarValue, literal: String) {
        let variable = self.frames.get_mut(frame).and_then(|frame| frame.variables.get_mut(&name.to_lowercase()));
        if let Some(variable) = variable {
            (variable.value, variable.literal) = (value, literal);
        }
    }

    /// The same variables where something is made that may not refer to them.
    #[must_use]
    pub fn kept_out_of(&self, object: String) -> Self {
        Self { frames: self.frames.clone(), kept_out_of: Some(object) }
    }

    /// The value of the variable that `parts` mean, and the fields to take of it.
    ///
    /// # Errors
    /// `INVALID_TEMP_OBJ_REFERENCE`
    pub(super) fn value<'p>(&self, parts: &'p [Identifier]) -> Result<Option<(Typed, &'p [Identifier])>> {
        let Some(found) = self.find(parts) else { return Ok(None) };
        if let Some(object) = &self.kept_out_of {
            let name = quote(&found.variable.name);
            let (object_name, _) = object.rsplit_once(" of the type ").unwrap_or((object, ""));
            return Err(Error::new(
                &INVALID_TEMP_OBJ_REFERENCE,
                format!(
                    "Cannot create the persistent object {object} because it references to the temporary object {name} of \
                     the type VARIABLE. Please make the temporary object {name} persistent, or make the persistent object \
                     {object_name} temporary"
                ),
            ));
        }
        let FoundVariable { variable, fields, .. } = found;
        let expr = Expr::Literal(variable.value.clone(), None);
        Ok(Some((Typed { expr, data_type: variable.data_type.clone(), nullable: true }, fields)))
    }

    /// As columns are named after it: `variablereference(system.session.a=1)`.
    pub(super) fn text(&self, parts: &[Identifier]) -> Option<String> {
        let found = self.find(parts)?;
        let fields: String = found.fields.iter().map(|field| format!(".{}", field.value)).collect();
        Some(format!("variablereference({}={}){fields}", found.path, found.variable.literal))
    }
}

/// Variables and nothing else: for expressions outside of queries.
pub struct OnlyVariables(pub Arc<Variables>);

impl Names for OnlyVariables {
    fn relation(&self, _name: &ObjectName) -> Result<Option<Relation>> {
        Ok(None)
    }

    fn candidates(&self) -> Vec<String> {
        Vec::new()
    }

    fn variables(&self) -> Arc<Variables> {
        Arc::clone(&self.0)
    }
}
