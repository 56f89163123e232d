//! Lambda functions: `x -> x + 1` as argument of `transform`, `filter` and the like.

use crate::error::{Error, INVALID_LAMBDA_FUNCTION_CALL, Result, Span, UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY};
use crate::functions::collections::maps;
use crate::functions::lambdas::{self, Kind, Lambda};
use crate::functions::{Call, Function, Typed};
use crate::sql::ast::{Expression, ExpressionKind, FunctionCall, Identifier};
use crate::types::coercion::{common_type, common_type_without_strings};
use crate::types::{DataType, StructField, quote};
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;

use super::Binder;
use super::column_names::text_in;
use super::expressions::bind as bind_expression;
use super::named_arguments::positional;
use super::scope::ExpressionScope;

/// Whether an argument of the call is a lambda.
pub fn is_lambda_call(call: &FunctionCall) -> bool {
    call.arguments.iter().any(|argument| matches!(argument.value.kind, ExpressionKind::Lambda { .. }))
}

/// What a lambda is handed: the type of each of its parameters, and whether it may be NULL.
type Handed = Vec<(DataType, bool)>;

/// Binds a call of a higher-order function.
pub fn bind(
    binder: &Binder<'_>,
    function: &'static Function,
    call: &FunctionCall,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let name = call.name.last().value.as_str();
    let Some(kind) = Kind::named(function.name) else {
        return Err(Error::new(
            &INVALID_LAMBDA_FUNCTION_CALL,
            format!(
                "Invalid lambda function call. A lambda function should only be used in a higher order function. \
                 However, {} is not a higher order function",
                quote(name)
            ),
        )
        .subcondition("NON_HIGHER_ORDER_FUNCTION")
        .at(span));
    };
    positional(function.name, &call.arguments)?;
    let given = call.arguments.iter().map(|argument| &argument.value).collect::<Vec<_>>();
    let texts = given.iter().map(|argument| text_in(argument, scope)).collect::<Vec<_>>();
    let (values, bodies) = given.split_at(kind.values().min(given.len()));
    let values = values.iter().map(|value| bind_expression(binder, value, scope)).collect::<Result<Vec<_>>>()?;
    // The lambdas stand in the call as NULLs until they are bound: only their number and texts are looked at.
    let placeholders = bodies.iter().map(|_| super::operators::unknown());
    let arguments = values.into_iter().chain(placeholders).collect::<Vec<_>>();
    let context = binder.environment.context;
    let call = Call { function, name, arguments: &arguments, texts: &texts, span, context, descending: None };
    let most = kind.values() + if kind == Kind::Aggregate { 2 } else { 1 };
    call.count(kind.values() + 1..=most)?;
    let mut binding = Binding { binder, kind, call: &call, bodies, scope };
    binding.bind()
}

struct Binding<'b, 's, 'c> {
    binder: &'b Binder<'b>,
    kind: Kind,
    call: &'c Call<'c>,
    bodies: &'c [&'c Expression],
    scope: &'c mut ExpressionScope<'s>,
}

impl Binding<'_, '_, '_> {
    fn bind(&mut self) -> Result<Typed> {
        match self.kind {
            Kind::Transform => {
                let (array, element, nulls) = self.array(0)?;
                let lambda = self.lambda(0, vec![(element, nulls), (DataType::Int, false)], 1)?;
                let body = &lambda.body;
                let returns =
                    DataType::Array { element: Box::new(body.data_type.clone()), contains_null: body.nullable };
                let nullable = array.nullable;
                Ok(lambdas::call(self.kind, vec![array], vec![lambda], returns, nullable))
            }
            Kind::Filter => {
                let (array, element, nulls) = self.array(0)?;
                let lambda = self.condition(vec![(element, nulls), (DataType::Int, false)], 1)?;
                let (returns, nullable) = (array.data_type.clone(), array.nullable);
                Ok(lambdas::call(self.kind, vec![array], vec![lambda], returns, nullable))
            }
            Kind::Exists | Kind::ForAll => {
                let (array, element, nulls) = self.array(0)?;
                let lambda = self.condition(vec![(element, nulls)], 1)?;
                let nullable = array.nullable || lambda.body.nullable;
                Ok(lambdas::call(self.kind, vec![array], vec![lambda], DataType::Boolean, nullable))
            }
            Kind::Aggregate => self.aggregate(),
            Kind::ZipWith => {
                let (left, left_element, _) = self.array(0)?;
                let (right, right_element, _) = self.array(1)?;
                let lambda = self.lambda(0, vec![(left_element, true), (right_element, true)], 2)?;
                let body = &lambda.body;
                let returns =
                    DataType::Array { element: Box::new(body.data_type.clone()), contains_null: body.nullable };
                let nullable = left.nullable || right.nullable;
                Ok(lambdas::call(self.kind, vec![left, right], vec![lambda], returns, nullable))
            }
            Kind::Once => Err(Error::internal("no function of this name")),
            Kind::ArraySort => {
                let (array, element, nulls) = self.array(0)?;
                let lambda = self.lambda(0, vec![(element.clone(), nulls), (element, nulls)], 2)?;
                if lambda.body.data_type != DataType::Int {
                    return Err(self.call.mismatch(
                        "UNEXPECTED_RETURN_TYPE",
                        &format!(
                            "The `lambdafunction` requires return \"INT\" type, but the actual is \"{}\" type",
                            lambda.body.data_type
                        ),
                    ));
                }
                let (returns, nullable) = (array.data_type.clone(), array.nullable);
                Ok(lambdas::call(self.kind, vec![array], vec![lambda], returns, nullable))
            }
            Kind::MapFilter | Kind::TransformKeys | Kind::TransformValues => self.one_map(),
            Kind::MapZipWith => self.two_maps(),
        }
    }

    fn aggregate(&mut self) -> Result<Typed> {
        let (array, element, nulls) = self.array(0)?;
        let start = self.call.argument(1).clone();
        let state = (start.data_type.clone(), true);
        let mut merge = self.lambda(0, vec![state.clone(), (element, nulls)], 2)?;
        if !same_structure(&merge.body.data_type, &start.data_type) {
            return Err(self.call.unexpected(2, &format!("\"{}\"", start.data_type), &merge.body.data_type));
        }
        // What may be NULL inside of the state is what either of the two says.
        let common = common_type(&start.data_type, &merge.body.data_type, true);
        let whole = common.unwrap_or_else(|| start.data_type.loosened());
        if whole != start.data_type || whole != merge.body.data_type {
            merge = self.lambda(0, vec![(whole.clone(), true), self.element_of(&array)], 2)?;
            merge.body = self.call.to(merge.body, &whole)?;
        }
        let start = self.call.to(start, &whole)?;
        let (returns, mut lambdas) = (whole.clone(), vec![merge]);
        let mut returns = returns;
        if self.bodies.len() > 1 {
            let finish = self.lambda(1, vec![(whole, true)], 1)?;
            returns = finish.body.data_type.clone();
            lambdas.push(finish);
        }
        Ok(lambdas::call(self.kind, vec![array, start], lambdas, returns, true))
    }

    fn element_of(&self, array: &Typed) -> (DataType, bool) {
        match &array.data_type {
            DataType::Array { element, contains_null } => (element.as_ref().clone(), *contains_null),
            _ => (DataType::Null, true),
        }
    }

    fn one_map(&mut self) -> Result<Typed> {
        let (map, (key, value, nulls)) = self.map(0)?;
        let handed = vec![(key.clone(), false), (value.clone(), nulls)];
        let nullable = map.nullable;
        let (lambda, returns) = match self.kind {
            Kind::MapFilter => (self.condition(handed, 2)?, map.data_type.clone()),
            Kind::TransformKeys => {
                let lambda = self.lambda(0, handed, 2)?;
                let key = lambda.body.data_type.clone();
                if maps::has_map(&key) {
                    let why = format!("The key of map cannot be/contain \"{key}\"");
                    return Err(self.call.mismatch("INVALID_MAP_KEY_TYPE", &why));
                }
                let returns = DataType::Map { key: Box::new(key), value: Box::new(value), value_contains_null: nulls };
                (lambda, returns)
            }
            _ => {
                let lambda = self.lambda(0, handed, 2)?;
                let value = Box::new(lambda.body.data_type.clone());
                let value_contains_null = lambda.body.nullable;
                let returns = DataType::Map { key: Box::new(key), value, value_contains_null };
                (lambda, returns)
            }
        };
        Ok(lambdas::call(self.kind, vec![map], vec![lambda], returns, nullable))
    }

    fn two_maps(&mut self) -> Result<Typed> {
        let (left, (left_key, left_value, left_nulls)) = self.map(0)?;
        let (right, (right_key, right_value, right_nulls)) = self.map(1)?;
        let ansi = self.call.context.ansi;
        let mut key = common_type_without_strings(&left_key, &right_key, ansi);
        if !left_key.is_atomic() && !right_key.is_atomic() {
            key = key.or_else(|| common_type(&left_key, &right_key, ansi));
        }
        let Some(key) = key else {
            let why = format!(
                "The input of `map_zip_with` should have the same key types, but it's (\"{left_key}\" or \"{right_key}\")"
            );
            return Err(self.call.mismatch("MAP_ZIP_WITH_DIFF_TYPES", &why));
        };
        let with_key = |map: Typed, value: &DataType, value_contains_null: bool| {
            let (key, value) = (Box::new(key.clone()), Box::new(value.clone()));
            self.call.to(map, &DataType::Map { key, value, value_contains_null })
        };
        let left = with_key(left, &left_value, left_nulls)?;
        let right = with_key(right, &right_value, right_nulls)?;
        let lambda = self.lambda(0, vec![(key.clone(), false), (left_value, true), (right_value, true)], 3)?;
        let nullable = left.nullable || right.nullable;
        let returns = DataType::Map {
            key: Box::new(key),
            value: Box::new(lambda.body.data_type.clone()),
            value_contains_null: lambda.body.nullable,
        };
        Ok(lambdas::call(self.kind, vec![left, right], vec![lambda], returns, nullable))
    }

    /// Argument `n`, which must be an array, and what is known of its elements.
    fn array(&self, n: usize) -> Result<(Typed, DataType, bool)> {
        let argument = self.call.argument(n).clone();
        match argument.data_type.clone() {
            DataType::Array { element, contains_null } => Ok((argument, *element, contains_null)),
            _ => Err(self.call.unexpected_type(n, "\"ARRAY\"")),
        }
    }

    fn map(&self, n: usize) -> Result<(Typed, (DataType, DataType, bool))> {
        let argument = self.call.argument(n).clone();
        match argument.data_type.clone() {
            DataType::Map { key, value, value_contains_null } => Ok((argument, (*key, *value, value_contains_null))),
            _ => Err(self.call.unexpected_type(n, "\"MAP\"")),
        }
    }

    /// The first lambda, which must give a boolean.
    fn condition(&mut self, handed: Handed, least: usize) -> Result<Lambda> {
        let lambda = self.lambda(0, handed, least)?;
        match lambda.body.data_type {
            DataType::Boolean => Ok(lambda),
            DataType::Null => Ok(Lambda { body: self.call.to(lambda.body, &DataType::Boolean)?, ..lambda }),
            ref other => Err(self.call.unexpected(self.kind.values(), "\"BOOLEAN\"", other)),
        }
    }

    /// Binds lambda `n`, whose parameters are handed those values; it must name at least `least` of them. An argument
    /// that is no lambda is the body of one that looks at none of them.
    fn lambda(&mut self, n: usize, handed: Handed, least: usize) -> Result<Lambda> {
        let expression = self.bodies[n];
        let most = handed.len();
        let mut parameters = Vec::with_capacity(most);
        let (names, body): (&[Identifier], &Expression) = match &expression.kind {
            ExpressionKind::Lambda { parameters, body } => (parameters, body),
            _ => (&[], expression),
        };
        if !names.is_empty() {
            check_names(names, least, most, expression.span)?;
        }
        for (n, (data_type, nullable)) in handed.into_iter().enumerate() {
            let name = names.get(n).map_or("unused", |name| name.value.as_str());
            let field = StructField::new(self.binder.unique(name), data_type);
            parameters.push(StructField { nullable, ..field });
        }
        let before = self.scope.variables.len();
        let calls = self.scope.collected.aggregates.len() + self.scope.collected.windows.len();
        let variables = names.iter().zip(&parameters);
        self.scope.variables.extend(variables.map(|(name, field)| (name.clone(), lambdas::variable(field))));
        let bound = bind_expression(self.binder, body, self.scope);
        self.scope.variables.truncate(before);
        let bound = bound?;
        let collected = &self.scope.collected;
        let own = |call: &Expr| call.exists(|node| Ok(matches!(node, Expr::LambdaVariable(_)))).unwrap_or(true);
        let mut new = collected.aggregates.iter().chain(&collected.windows);
        if calls < collected.aggregates.len() + collected.windows.len() && new.any(|call| own(&call.call)) {
            return Err(Error::unsupported(
                "an aggregate or window function of a lambda's parameter",
                "fold the array with `aggregate(array, start, (state, x) -> …)`",
            )
            .at(body.span));
        }
        let subquery = |node: &Expr| matches!(node, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_));
        if bound.expr.exists(|node| Ok(subquery(node)))? {
            return Err(Error::new(
                &UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY,
                "Unsupported subquery expression: Subquery expressions are not supported within higher-order \
                 functions. Please remove all subquery expressions from higher-order functions and then try the \
                 query again",
            )
            .subcondition("HIGHER_ORDER_FUNCTION")
            .at(body.span));
        }
        Ok(Lambda { parameters, body: bound })
    }
}

fn check_names(names: &[Identifier], least: usize, most: usize, span: Span) -> Result<()> {
    let twice = names.iter().enumerate().any(|(n, name)| names[..n].contains(name));
    if twice {
        let shown = names.iter().map(|name| quote(&name.value)).collect::<Vec<_>>().join(", ");
        return Err(Error::new(
            &INVALID_LAMBDA_FUNCTION_CALL,
            format!(
                "Invalid lambda function call. The lambda function has duplicate arguments {shown}. Please, consider \
                 to rename the argument names or set \"spark.sql.caseSensitive\" to \"true\""
            ),
        )
        .subcondition("DUPLICATE_ARG_NAMES")
        .at(span));
    }
    if (least..=most).contains(&names.len()) {
        return Ok(());
    }
    Err(Error::new(
        &INVALID_LAMBDA_FUNCTION_CALL,
        format!(
            "Invalid lambda function call. A higher order function expects {} arguments, but got {least}",
            names.len()
        ),
    )
    .subcondition("NUM_ARGS_MISMATCH")
    .at(span))
}

/// Equal but for the names of fields and for what may be NULL inside.
fn same_structure(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Array { element: a, .. }, DataType::Array { element: b, .. }) => same_structure(a, b),
        (DataType::Map { key, value, .. }, DataType::Map { key: other_key, value: other_value, .. }) => {
            same_structure(key, other_key) && same_structure(value, other_value)
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_structure(&a.data_type, &b.data_type))
        }
        (a, b) => a == b,
    }
}
