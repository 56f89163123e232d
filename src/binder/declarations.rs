//! What tables and views say of their columns beyond what expressions need: CHAR and VARCHAR, comments.
//!
//! A column that a query passes on as it is keeps its place in the plan, and so what was declared of it; what is computed
//! has nothing declared.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use datafusion::common::Column;

use crate::types::{DataType, StructField};

use super::from::read_as;
use super::rows::Rows;

/// What was declared of columns of the plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Declarations(Rc<RefCell<HashMap<Column, Declaration>>>);

#[derive(Debug, Clone)]
struct Declaration {
    data_type: DataType,
    comment: Option<String>,
}

impl Declarations {
    /// `column` of the plan is the one that is declared so.
    pub fn declare(&self, column: &Column, declared: &StructField) {
        let plain = declared.comment.is_none() && read_as(declared.data_type.clone()) == declared.data_type;
        if plain {
            self.0.borrow_mut().remove(column);
            return;
        }
        let declaration = Declaration { data_type: declared.data_type.clone(), comment: declared.comment.clone() };
        self.0.borrow_mut().insert(column.clone(), declaration);
    }

    /// `new` is `old` under another name.
    pub fn pass_on(&self, old: &Column, new: &Column) {
        let declaration = self.0.borrow().get(old).cloned();
        if let Some(declaration) = declaration {
            self.0.borrow_mut().insert(new.clone(), declaration);
        }
    }

    /// The type that was declared of the column, if what is read is of another.
    pub fn type_of(&self, column: &Column) -> Option<DataType> {
        self.0.borrow().get(column).map(|declaration| declaration.data_type.clone())
    }

    /// The columns that the user sees, as a table would declare them.
    pub fn fields(&self, rows: &Rows) -> Vec<StructField> {
        let declarations = self.0.borrow();
        let columns = rows.columns.iter().zip(rows.fields());
        let declared = columns.map(|(column, field)| match declarations.get(&column.column) {
            // A type that was changed on the way, by a view that widens it, is not the declared one any more.
            Some(declaration) if read_as(declaration.data_type.clone()) == field.data_type => {
                StructField { data_type: declaration.data_type.clone(), comment: declaration.comment.clone(), ..field }
            }
            Some(declaration) => StructField { comment: declaration.comment.clone(), ..field },
            None => field,
        });
        declared.collect()
    }
}
