//! What functions and casts may ask about the objects of the catalogue: numbers, names, definitions, privileges. Whoever
//! knows them answers; this file only says what can be asked.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::kernel::conform;
use super::{Call, Typed};
use crate::error::{Error, Result};
use crate::types::{DataType, ObjectKind};

/// What there is to be known of objects.
pub trait Catalogue: fmt::Debug + Send + Sync {
    /// How an object's number is shown: its name, with that of its schema where that is needed.
    fn name(&self, kind: ObjectKind, oid: i64) -> Option<String>;

    /// The number of the object of that name; `None` if there is none.
    ///
    /// # Errors
    /// The text is no name.
    fn find(&self, kind: ObjectKind, name: &str) -> Result<Option<i64>>;

    /// The answer to a question whose answers are texts; `None` is NULL.
    fn text(&self, question: TextQuestion, oid: i64, number: i64) -> Option<String>;

    /// The answer to a question whose answers are numbers.
    fn number(&self, question: NumberQuestion, oid: i64) -> Option<i64>;

    /// Whether the object can be named without its schema.
    fn is_visible(&self, kind: ObjectKind, oid: i64) -> Option<bool>;

    /// The value of a parameter or setting of the session.
    fn setting(&self, name: &str) -> Option<String>;

    /// The number of the session.
    fn session(&self) -> i32;

    /// When the server was started, in microseconds since the epoch.
    fn started(&self) -> i64;

    /// Stops what a session runs, or ends it; `false` if there is no such session.
    ///
    /// # Errors
    /// The session is somebody else's.
    fn stop(&self, session: i64, ends: bool) -> Result<bool>;

    /// Whether a user (a name or a number; `None` is the session's) has one of the privileges in the list on the object;
    /// `None` if there is no such object.
    ///
    /// # Errors
    /// There is no such privilege.
    fn has_privilege(
        &self,
        on: PrivilegeKind,
        user: Option<&str>,
        object: &str,
        column: Option<&str>,
        privileges: &str,
    ) -> Result<Option<bool>>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextQuestion {
    UserName,
    ViewDefinition,
    IndexDefinition,
    ConstraintDefinition,
    PartitionKey,
    FunctionDefinition,
    FunctionArguments,
    FunctionResult,
    /// `number` is the type's modifier.
    Type,
    /// `number` is the number of the catalogue that lists the object; 0: any.
    Comment,
    /// `number` is the column's.
    ColumnComment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberQuestion {
    /// Bytes of a table's files.
    RelationSize,
    /// Of all tables.
    DatabaseSize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrivilegeKind {
    Table,
    Column,
    AnyColumn,
    Schema,
    Database,
    Function,
    Type,
    Role,
}

/// Whoever answers, once somebody is known to.
#[derive(Debug, Clone, Default)]
pub struct Objects(Arc<OnceLock<Arc<dyn Catalogue>>>);

impl Objects {
    /// From now on this one answers; the first stays.
    pub fn answer_by(&self, catalogue: &Arc<dyn Catalogue>) {
        self.0.get_or_init(|| Arc::clone(catalogue));
    }

    /// # Errors
    /// Nobody was told that the statement would ask.
    pub fn get(&self) -> Result<&Arc<dyn Catalogue>> {
        self.0.get().ok_or_else(|| Error::internal("the statement asks for objects, which were not looked up"))
    }
}

/// What runs when such a function is called.
pub type Run = fn(&dyn Catalogue, &[ColumnarValue], usize) -> Result<ColumnarValue>;

/// The call of a function that asks.
pub fn asking(
    call: &Call<'_>,
    name: &'static str,
    arguments: Vec<Typed>,
    returns: DataType,
    run: Run,
) -> Result<Typed> {
    asking_with(call.context, name, arguments, returns, run)
}

/// [`asking`] outside of a call.
pub fn asking_with(
    context: &super::Context,
    name: &'static str,
    arguments: Vec<Typed>,
    returns: DataType,
    run: Run,
) -> Result<Typed> {
    let function = Asking {
        name,
        catalogue: Arc::clone(context.objects.get()?),
        layouts: arguments.iter().map(|argument| argument.data_type.to_arrow()).collect(),
        returns: returns.to_arrow(),
        signature: Signature::user_defined(match name {
            "pg_cancel_backend" | "pg_terminate_backend" => Volatility::Volatile,
            _ => Volatility::Immutable,
        }),
        run,
    };
    let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
    Ok(Typed { expr: ScalarUDF::new_from_impl(function).call(expressions), data_type: returns, nullable: true })
}

/// A function of a plan that asks while it runs. It answers as of the moment when the statement was bound.
struct Asking {
    name: &'static str,
    catalogue: Arc<dyn Catalogue>,
    layouts: Vec<Arrow>,
    returns: Arrow,
    signature: Signature,
    run: Run,
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Asking {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.layouts == other.layouts
            && self.returns == other.returns
            && Arc::ptr_eq(&self.catalogue, &other.catalogue)
    }
}

impl Eq for Asking {}

impl Hash for Asking {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.layouts).hash(state);
    }
}

impl ScalarUDFImpl for Asking {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.returns.clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        Ok(Arc::new(Field::new(self.name, self.returns.clone(), true)))
    }

    fn coerce_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let mut values = args.args;
        for (value, layout) in values.iter_mut().zip(&self.layouts) {
            if let ColumnarValue::Array(array) = value
                && array.data_type() != layout
            {
                *value = ColumnarValue::Array(conform(Arc::clone(array), layout)?);
            } else if let ColumnarValue::Scalar(scalar) = value
                && scalar.data_type() != *layout
            {
                *value = ColumnarValue::Scalar(scalar.cast_to(layout)?);
            }
        }
        Ok((self.run)(self.catalogue.as_ref(), &values, args.number_rows)?)
    }
}

/// Whether the function of that name asks about objects.
pub fn asks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "pg_partition_ancestors"
        || super::inquiries::FUNCTIONS.iter().any(|function| function.names().any(|known| known == name))
}
