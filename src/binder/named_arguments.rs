//! Arguments by name, `mask(str => 'x', digitChar => '0')`: which functions take them, and the order they stand for.

use std::borrow::Cow;

use crate::error::{
    DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT, Error, NAMED_PARAMETERS_NOT_SUPPORTED, REQUIRED_PARAMETER_NOT_FOUND,
    Result, UNEXPECTED_POSITIONAL_ARGUMENT, UNRECOGNIZED_PARAMETER_NAME,
};
use crate::sql::ast::{Argument, Expression, ExpressionKind, Literal};
use crate::types::quote;

/// What a parameter is if it is left out.
#[derive(Debug, Clone, Copy)]
enum Default {
    Required,
    Text(&'static str),
    Null,
    Zero,
}

type Signature = &'static [(&'static str, Default)];

const COLLECTION: Signature = &[("collection", Default::Required)];
const INPUT: Signature = &[("input", Default::Required)];

/// The functions whose arguments have names.
const SIGNATURES: &[(&str, Signature)] = &[
    (
        "postgres_make_interval",
        &[
            ("years", Default::Zero),
            ("months", Default::Zero),
            ("weeks", Default::Zero),
            ("days", Default::Zero),
            ("hours", Default::Zero),
            ("mins", Default::Zero),
            ("secs", Default::Zero),
        ],
    ),
    (
        "count_min_sketch",
        &[
            ("column", Default::Required),
            ("epsilon", Default::Required),
            ("confidence", Default::Required),
            ("seed", Default::Required),
        ],
    ),
    ("explode", COLLECTION),
    ("explode_outer", COLLECTION),
    ("inline", INPUT),
    ("inline_outer", INPUT),
    (
        "mask",
        &[
            ("str", Default::Required),
            ("upperChar", Default::Text("X")),
            ("lowerChar", Default::Text("x")),
            ("digitChar", Default::Text("n")),
            ("otherChar", Default::Null),
        ],
    ),
    ("posexplode", COLLECTION),
    ("posexplode_outer", COLLECTION),
    ("variant_explode", INPUT),
    ("variant_explode_outer", INPUT),
];

/// Arguments in the order of the parameters. Of `struct` names are those of its fields.
pub fn positional<'c>(function: &str, arguments: &'c [Argument]) -> Result<Vec<Cow<'c, Argument>>> {
    if function == "struct" || arguments.iter().all(|argument| argument.name.is_none()) {
        return Ok(arguments.iter().map(Cow::Borrowed).collect());
    }
    let Some((_, signature)) = SIGNATURES.iter().find(|(name, _)| *name == function) else {
        let span = arguments.iter().find_map(|argument| argument.name.as_ref()).map(|name| name.span);
        return Err(Error::new(
            &NAMED_PARAMETERS_NOT_SUPPORTED,
            format!(
                "Named parameters are not supported for function {}; please retry the query with positional arguments to \
                 the function call instead",
                quote(function)
            ),
        )
        .at(span.unwrap_or_default()));
    };
    let mut places: Vec<Option<Cow<'_, Argument>>> = vec![None; signature.len().max(arguments.len())];
    let mut last_name: Option<&str> = None;
    for (n, argument) in arguments.iter().enumerate() {
        let place = match (&argument.name, last_name) {
            (None, None) => n,
            (None, Some(name)) => {
                return Err(Error::new(
                    &UNEXPECTED_POSITIONAL_ARGUMENT,
                    format!(
                        "Cannot invoke routine {} because it contains positional argument(s) following the named argument \
                         assigned to {}; please rearrange them so the positional arguments come first and then retry the \
                         query again",
                        quote(function),
                        quote(name)
                    ),
                )
                .at(argument.value.span));
            }
            (Some(name), _) => {
                last_name = Some(&name.value);
                let place = signature.iter().position(|(parameter, _)| name.is(parameter));
                place.ok_or_else(|| unrecognized(function, argument, signature))?
            }
        };
        if let Some(taken) = &places[place] {
            let subcondition = match taken.name {
                Some(_) => "DOUBLE_NAMED_ARGUMENT_REFERENCE",
                None => "BOTH_POSITIONAL_AND_NAMED",
            };
            return Err(Error::new(
                &DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT,
                format!(
                    "Call to routine {} is invalid because it includes multiple argument assignments to the same \
                     parameter name {}",
                    quote(function),
                    quote(signature[place].0)
                ),
            )
            .subcondition(subcondition)
            .at(argument.value.span));
        }
        places[place] = Some(Cow::Borrowed(argument));
    }
    let given = arguments.first().map(|argument| argument.value.span).unwrap_or_default();
    let filled = places.into_iter().enumerate().map(|(n, place)| {
        if let Some(argument) = place {
            return Ok(Some(argument));
        }
        let Some((name, default)) = signature.get(n) else { return Ok(None) };
        let literal = match default {
            Default::Text(text) => Literal::String((*text).to_owned()),
            Default::Null => Literal::Null,
            Default::Zero => Literal::Integer("0".to_owned()),
            Default::Required => {
                return Err(Error::new(
                    &REQUIRED_PARAMETER_NOT_FOUND,
                    format!(
                        "Cannot invoke routine {} because the parameter named {} is required, but the routine call did not \
                         supply a value. Please update the routine call to supply an argument value (either positionally \
                         at index {n} or by name) and retry the query again",
                        quote(function),
                        quote(name)
                    ),
                )
                .at(given));
            }
        };
        let value = Expression { kind: ExpressionKind::Literal(literal), span: given };
        Ok(Some(Cow::Owned(Argument { name: None, value })))
    });
    Ok(filled.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn unrecognized(function: &str, argument: &Argument, signature: Signature) -> Error {
    let name = argument.name.as_ref().map_or("", |name| name.value.as_str());
    Error::new(
        &UNRECOGNIZED_PARAMETER_NAME,
        format!(
            "Cannot invoke routine {} because the routine call included a named argument reference for the argument named \
             {}, but this routine does not include any signature containing an argument with this name",
            quote(function),
            quote(name)
        ),
    )
    .suggest(name, signature.iter().map(|(parameter, _)| *parameter))
    .at(argument.name.as_ref().map(|name| name.span).unwrap_or_default())
}
