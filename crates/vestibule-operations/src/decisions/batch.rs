//! Many questions in one request: answered in their order, each subject found once, told of together.

use std::collections::BTreeMap;

use vestibule_core::refusal::{Malformed, Refusal};

use super::{Answer, Asking, Question, Subject, occasion};
use crate::{context::Ctx, operations::Operations};

/// How far a batch is answered (`spec/authzen-decisions.md`, section A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Semantic {
    /// All of it.
    #[default]
    ExecuteAll,
    /// To the first deny; an item at fault is one.
    DenyOnFirstDeny,
    /// To the first allow.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Whether this answer is the last.
    fn ends_with(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

impl Operations {
    /// Answers questions in their order, as [`Operations::evaluate`] does each; an item at fault gets its fault back.
    pub async fn evaluate_all<'q>(
        &self,
        ctx: &Ctx,
        items: impl Iterator<Item = Result<Question<'q>, Malformed>>,
        semantic: Semantic,
    ) -> Result<Vec<Result<Answer, Malformed>>, Refusal> {
        let mut asking = Asking::of(ctx)?;
        let mut known = BTreeMap::new();
        let mut answers = Vec::with_capacity(items.size_hint().0);
        for item in items {
            let answer = match item {
                Ok(question) => self.answer_one(&mut asking, &mut known, question).await,
                Err(fault) => Err(fault.into()),
            };
            let answer = match answer {
                Ok(answer) => Ok(answer),
                Err(Refusal::Malformed(fault)) => Err(fault),
                Err(refusal) => return Err(refusal),
            };
            let decision = answer.as_ref().is_ok_and(|answer| answer.decision);
            answers.push(answer);
            if semantic.ends_with(decision) {
                break;
            }
        }
        self.file_decisions(&mut asking).await?;
        Ok(answers)
    }

    async fn answer_one<'q>(
        &self,
        asking: &mut Asking<'_>,
        known: &mut BTreeMap<(&'q str, &'q str), Subject>,
        question: Question<'q>,
    ) -> Result<Answer, Refusal> {
        if occasion::is_special(question.context) {
            return Box::pin(self.answer_specially(asking, question)).await;
        }
        let name = (&*question.subject.kind, &*question.subject.id);
        let subject = match known.get(&name) {
            Some(subject) => subject.clone(),
            None => {
                let subject = self.subject(asking.ctx, asking.caller, question.subject).await?;
                known.insert(name, subject.clone());
                subject
            }
        };
        self.answer(asking, question, &subject).await
    }
}
